/**
 * The entry of a script's process (`script-host.mjs` in the worker's bundle). It is started ahead of the run it will
 * be, waits on the control channel for a script's name, runs that one script, and ends with it.
 */

import { Socket } from 'node:net';
import type { Script } from '../../../scripts/lib/define-script.ts';
import { truncate } from '../../domain/text.ts';
import { confineNetwork } from './confine-network.ts';
import { confineProcess } from './confine-process.ts';
import { CONTROL_FD, MAX_FAILURE_MESSAGE, readJsonLines, type ToScript } from './protocol.ts';
import { ControlChannel, createScriptContext } from './script-context.ts';

/** What Node itself says with this code: the program waits for something that can no longer happen. */
const NEVER_SETTLED = 13;

const socket = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
const channel = new ControlChannel(socket);

confineProcess();
confineNetwork(process.argv[2] || undefined);
makeBlocking(process.stdout, process.stderr);
readJsonLines(socket, (message) => handleMessage(message as ToScript), killSelf);
// The worker is gone, and nobody would take the results.
socket.on('close', killSelf);
socket.on('error', killSelf);

/**
 * Makes writes wait until they are done: what is still in a buffer when the process exits would be lost,
 * and `fs.writeSync()` would fail with EAGAIN whenever the worker is slower than the script.
 */
function makeBlocking(...streams: NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    (stream as unknown as { _handle: { setBlocking(on: boolean): void } })._handle.setBlocking(true);
  }
}

function handleMessage(message: ToScript): void {
  if (message.type === 'start') void start(message);
  else channel.reply(message.id, message.value, message.error);
}

async function start({ script, args, env, run, folder }: Extract<ToScript, { type: 'start' }>): Promise<void> {
  process.chdir(folder);
  setEnvironment(env, folder);
  socket.unref();
  process.on('uncaughtExceptionMonitor', (error) => channel.send({ type: 'failed', message: firstLine(error) }));
  process.on('beforeExit', () => {
    console.error('the script never ended: its run() waits for something that can no longer happen');
    process.exit(NEVER_SETTLED);
  });
  channel.send({ type: 'started' });
  try {
    const { default: defined } = (await import(new URL(`scripts/${script}.mjs`, import.meta.url).href)) as {
      default: Script<unknown>;
    };
    await defined.run(createScriptContext(channel, run, defined.args ? defined.args(args) : args));
  } catch (error) {
    channel.send({ type: 'failed', message: firstLine(error) });
    console.error(error);
    process.exit(process.exitCode || 1);
  }
  process.exit();
}

/** The job's variables and nothing else; `TMPDIR` and `HOME` are the run's own folder. */
function setEnvironment(env: Readonly<Record<string, string>>, folder: string): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, { TMPDIR: folder, HOME: folder, TZ: 'UTC', ...env });
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
  return truncate(text.split('\n')[0] ?? '', MAX_FAILURE_MESSAGE);
}

/** Not `process.exit()`: a script's own exit handlers must not hold up the end. */
function killSelf(): void {
  process.kill(process.pid, 'SIGKILL');
}
