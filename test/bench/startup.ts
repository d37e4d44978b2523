import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Env } from '../../functions/core/platform/env-names.ts';
import { bundle } from '../../lib/bundle.ts';
import { chunksOf } from '../helpers/stack/chunks.ts';
import { median, printTable } from './table.ts';

/** Odd number of processes for each function. */
const IMPORTS = 9;

/** Goal of an API function's import, in milliseconds of CPU. */
const GOAL_MS = 60;

/**
 * Measures the size of each function and the CPU time of its import in a new process without a compile cache, beside the
 * process of an empty function. The functions take turns, so that other work on the machine affects all of them.
 */
export async function measureStartup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-bench-'));
  try {
    const bundles = await bundle(join(folder, 'bundles'));
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'index.mjs'), 'export const handler = async () => {};\n');
    const names = [EMPTY, ...bundles.names];
    const folderOf = (name: string) => (name === EMPTY ? empty : bundles.folder(name));
    const starts = new Map<string, Start[]>(names.map((name) => [name, []]));
    for (let i = 0; i < IMPORTS; i++) {
      for (const [name, list] of starts) list.push(await start(join(folderOf(name), 'index.mjs')));
    }
    const medianOf = (name: string, figure: keyof Start) => median((starts.get(name) ?? []).map((one) => one[figure]));
    const rows = names.map((name) => {
      const bytes = (kind: 'static' | 'all') =>
        chunksOf(folderOf(name), kind).map((chunk) => readFileSync(join(folderOf(name), chunk)));
      const importMs = medianOf(name, 'importMs');
      return [
        name,
        kilobytes(bytes('static')),
        kilobytes(bytes('all')),
        kilobytes(bytes('all').map((code) => gzipSync(code))),
        Math.round(importMs),
        (medianOf(name, 'processMs') / medianOf(EMPTY, 'processMs')).toFixed(1),
        name.startsWith('api-') ? (importMs <= GOAL_MS ? 'met' : 'missed') : '',
      ];
    });
    const heads = [
      'function',
      'KB at start',
      'KB in all',
      'gzipped',
      'ms of CPU to import',
      'process, × empty',
      `goal: ${GOAL_MS} ms`,
    ];
    printTable(`Functions (median of ${IMPORTS} processes)`, heads, rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const EMPTY = '(empty)';

const kilobytes = (files: readonly Buffer[]) => Math.round(files.reduce((sum, { length }) => sum + length, 0) / 1_024);

/** Functions read these variables at import. They connect to no service until the first invocation. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.values(Env).map((name) => [name, '1'])),
  [Env.jwksUri]: 'https://issuer.example/jwks.json',
  [Env.privateNetworks]: '',
  [Env.consoleSignIn]: '',
  AWS_REGION: 'us-east-1',
};

/** CPU time of all threads in milliseconds. */
interface Start {
  readonly importMs: number;
  /** From the start of the process to the end of the import. */
  readonly processMs: number;
}

/** Imports a file in a new process, which then exits. */
async function start(file: string): Promise<Start> {
  const code = `
    const ms = ({ user, system }) => (user + system) / 1_000;
    const before = process.cpuUsage();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(JSON.stringify({ importMs: ms(process.cpuUsage(before)), processMs: ms(process.cpuUsage()) }));
    process.exit();`;
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...ENVIRONMENT } });
  return JSON.parse(stdout) as Start;
}
