import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findCompiler } from '../project/type-check.ts';
import { type Finding, ok, skipped, warning } from './finding.ts';

const TIMEOUT_MS = 60_000;
const REMEDY = 'correct them; `npx tsc --noEmit` lists all';
/** `jobs/hello.ts(2,3): error TS2322: …` */
const ERROR = /^(?:\S.*\(\d+,\d+\): )?error TS\d+: /;

/**
 * Checks the types of a project with its own compiler. Errors are warnings, because `dev` and `deploy` run without a type
 * check.
 *
 * @param root folder of the project
 */
export async function checkTypes(root: string): Promise<Finding> {
  const compiler = findCompiler(root);
  if (compiler === undefined) return skipped('types', 'needs the package typescript');
  if (!existsSync(join(root, 'tsconfig.json'))) return skipped('types', 'needs a tsconfig.json');
  const { output, hasFailed } = await compile(root, compiler);
  const errors = output.split('\n').filter((line) => ERROR.test(line));
  if (errors.length > 0) {
    const [first = ''] = errors;
    const count = errors.length === 1 ? '1 error' : `${errors.length} errors, the first is`;
    return warning('types', `${count} ${first.trim().replace(/\.$/, '')}`, REMEDY);
  }
  return hasFailed ? warning('types', 'the compiler has failed', 'run `npx tsc --noEmit`') : ok('types', 'no errors');
}

function compile(root: string, compiler: string): Promise<{ readonly output: string; readonly hasFailed: boolean }> {
  const args = [compiler, '--noEmit', '--pretty', 'false'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, output) =>
      resolve({ output, hasFailed: error !== null }),
    );
  });
}
