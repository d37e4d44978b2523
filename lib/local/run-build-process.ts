import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Runs a module that synthesizes a template, in a child process: its end returns the memory of CDK to the operating
 * system.
 *
 * @param cwd folder against which paths in settings are resolved
 * @throws Error with the output of the process
 */
export async function runBuildProcess(
  module: URL,
  args: readonly string[],
  cwd: string = process.cwd(),
): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['--max-semi-space-size=4', fileURLToPath(module), ...args], {
      cwd,
      // CDK's template validation takes seconds and is reported by `cdk synth`.
      env: { ...process.env, NODE_OPTIONS: '', CDK_VALIDATION: 'false' },
    });
  } catch (error) {
    const output = (error as { stderr?: unknown }).stderr;
    throw new Error(`The CDK app cannot be built:\n${typeof output === 'string' && output ? output : String(error)}`);
  }
}
