import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LambdaFunction, type LambdaFunctionOptions } from '../../../lib/local/lambda/function.ts';
import type { LogEntry } from '../../../lib/local/lambda/log.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/**
 * Writes a module as a Lambda bundle.
 *
 * @returns the path of the file
 */
export async function writeBundle(source: string): Promise<string> {
  const file = join(temporaryFolder(), 'index.mjs');
  await writeFile(file, source);
  return file;
}

export interface TestFunction {
  readonly fn: LambdaFunction;
  /** Log entries of the function. */
  readonly logged: LogEntry[];
}

/** Starts a function with the given source. Stops when the test ends. */
export async function startFunction(
  source: string,
  options: Partial<LambdaFunctionOptions> = {},
): Promise<TestFunction> {
  const logged: LogEntry[] = [];
  const fn = new LambdaFunction({
    name: 'under-test',
    bundle: await writeBundle(source),
    env: {},
    timeoutMs: 20_000,
    log: (entry) => logged.push(entry),
    ...options,
  });
  onTestFinished(() => fn.stop());
  return { fn, logged };
}
