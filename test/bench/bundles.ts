import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Env } from '../../functions/core/platform/env-names.ts';
import { bundle } from '../../lib/bundle.ts';
import { median, printTable } from './table.ts';

const IMPORTS = 5;

/** Measures the size of each function's bundle and the time of its import in a new process without a compile cache. */
export async function measureBundles(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-bench-'));
  try {
    const bundles = await bundle(folder);
    const rows = [];
    for (const name of bundles.names) {
      const file = join(bundles.folder(name), 'index.mjs');
      const code = readFileSync(file);
      const times = [];
      for (let i = 0; i < IMPORTS; i++) times.push(await importMs(file));
      rows.push([name, kilobytes(code.length), kilobytes(gzipSync(code).length), Math.round(median(times))]);
    }
    const heads = ['function', 'minified KB', 'gzipped KB', 'import ms'];
    printTable(`Bundles (import: median of ${IMPORTS} fresh processes)`, heads, rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const kilobytes = (bytes: number) => Math.round(bytes / 1024);

/** Functions read these variables at import. They connect to no service until the first invocation. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.values(Env).map((name) => [name, '1'])),
  [Env.jwksUri]: 'https://issuer.example/jwks.json',
  [Env.privateNetworks]: '',
  [Env.consoleSignIn]: '',
  AWS_REGION: 'us-east-1',
};

/**
 * Measures the import in a new process, which then exits.
 *
 * @returns milliseconds
 */
async function importMs(file: string): Promise<number> {
  const code = `
    const begin = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(performance.now() - begin);
    process.exit();`;
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...ENVIRONMENT } });
  return Number(stdout);
}
