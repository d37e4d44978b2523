#!/usr/bin/env node
// `npx jobdeck`: runs the command line with the current Node if it is recent enough, otherwise with the package `node` of
// the project. Plain JavaScript, because Node 20 cannot run TypeScript.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const here = dirname(fileURLToPath(import.meta.url));
// The installed package contains compiled code only.
const source = join(here, 'cli.ts');
const cli = existsSync(source) ? source : join(here, '../dist/bin/cli.js');
const isNewEnough = Number(process.versions.node.split('.')[0]) >= NEEDED;
const node = isNewEnough ? process.execPath : (findNode(here) ?? findNode(process.cwd()));

if (node === undefined) {
  console.error(
    `jobdeck needs Node ${NEEDED}, this is ${process.versions.node}: install it, or \`npm install --save-dev node@${NEEDED}\`.`,
  );
  process.exit(1);
}
const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));

/** Finds the executable of the package `node` for modules in a folder. */
function findNode(folder) {
  try {
    const path = join(dirname(createRequire(join(folder, 'module.js')).resolve('node/package.json')), 'bin/node');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
