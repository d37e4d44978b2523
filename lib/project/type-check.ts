import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawnSupervised } from '../local/support/supervised-process.ts';

/** Lines of the compiler that report its progress. A time precedes them. */
const PROGRESS = /(Starting compilation in watch mode|File change detected\. Starting incremental compilation)/;
const RESULT = /Found (\d+) errors?\. Watching for file changes\./;

/**
 * Checks the types of a project with its own compiler, now and after each change. Without the package `typescript` or a
 * `tsconfig.json` nothing is checked.
 *
 * @param print receives each line about an error, and one line when the last error is gone
 * @returns a function that ends the compiler, which also ends when this process does
 */
export function startTypeCheck(root: string, print: (text: string) => void): () => void {
  const compiler = findCompiler(root);
  if (compiler === undefined || !existsSync(join(root, 'tsconfig.json'))) return () => {};
  const options = ['--noEmit', '--watch', '--preserveWatchOutput', '--pretty', 'false'];
  const child = spawnSupervised('tsc', [process.execPath, compiler, ...options], { cwd: root });
  const write = createTypeCheckReport(print);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', write);
  child.on('error', (error) => print(`The compiler cannot be started: ${error.message}`));
  return () => void child.stdin.end();
}

/** Returns a function that receives the lines of the compiler in watch mode and passes those for the user to `print`. */
export function createTypeCheckReport(print: (text: string) => void): (line: string) => void {
  let hasErrors = false;
  return (line) => {
    const count = RESULT.exec(line)?.[1];
    if (count === '0' && hasErrors) print('The types are correct.');
    if (count !== undefined) hasErrors = count !== '0';
    else if (line.trim() !== '' && !PROGRESS.test(line)) print(line);
  };
}

/** Returns the compiler of the project's package `typescript`; `undefined` if it is not installed. */
export function findCompiler(root: string): string | undefined {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('typescript/package.json');
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin?: { readonly tsc?: string } };
    return bin?.tsc === undefined ? undefined : join(dirname(manifest), bin.tsc);
  } catch {
    return undefined;
  }
}
