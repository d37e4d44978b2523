import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { bundleExpressionHost } from '../../../../../../helpers/system/expression-host.ts';

/** Connects to a target after the host has loaded, and prints the result. */
const PRELOAD = `
  import net from 'node:net';
  process.stdin.once('data', () => {
    const end = (result) => process.stderr.write(result, () => process.exit());
    net.connect(JSON.parse(process.argv[2])).on('connect', () => end('connected')).on('error', ({ code }) => end(code));
  });`;

it('connects neither to an address nor to a Unix socket', async () => {
  const host = await bundleExpressionHost();
  onTestFinished(host.remove);
  const preload = join(host.directory, 'preload.mjs');
  writeFileSync(preload, PRELOAD);
  const path = join(host.directory, 'socket');
  const [tcp, unix] = [createServer().listen(0, '127.0.0.1'), createServer().listen(path)];
  await Promise.all([once(tcp, 'listening'), once(unix, 'listening')]);
  onTestFinished(() => {
    tcp.close();
    unix.close();
  });

  const connect = async (target: object): Promise<string> => {
    const entry = join(host.directory, 'expression-host.mjs');
    const child = spawn(process.execPath, ['--import', preload, entry, JSON.stringify(target)]);
    child.stdin.write('[]\n');
    return text(child.stderr);
  };

  expect(await connect({ ...(tcp.address() as object) })).toBe('EACCES');
  expect(await connect({ path })).toBe('EACCES');
});
