import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { type Cost, costOf } from './own-cpu.ts';

/** @returns whether `jq` is installed */
export const hasJq = (): boolean => spawnSync('jq', ['--version']).status === 0;

/** Measures `jq` with a program, from files to a file. */
export function costOfJq(program: string, files: readonly string[], output: string): Promise<Cost> {
  return costOf(async () => {
    const to = openSync(output, 'w');
    const child = spawn('jq', ['-c', program, ...files], { stdio: ['ignore', to, 'inherit'] });
    const [code] = (await once(child, 'exit')) as [number | null];
    closeSync(to);
    if (code !== 0) throw new Error(`jq ended with exit code ${code}`);
  });
}
