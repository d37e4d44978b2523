#!/usr/bin/env node
// `npx jobdeck`: runs cli.ts with the current Node if it is recent enough, otherwise with the Node that npm ci
// installs. Plain JavaScript, because Node 20 cannot run TypeScript.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const isNewEnough = Number(process.versions.node.split('.')[0]) >= NEEDED;
const node = isNewEnough || !existsSync(own) ? process.execPath : own;

if (node === process.execPath && !isNewEnough) {
  console.error(`jobdeck needs Node ${NEEDED}, which npm ci installs beside it; this is ${process.versions.node}.`);
  process.exit(1);
}
const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
