/**
 * Entry of a script's process (`script-host.mjs` in the worker's bundle). The process is started before its run, waits
 * on the control channel for the name of a script, runs the script and ends.
 */

import { Socket } from 'node:net';
import type { Script } from '../../../scripts/lib/define-script.ts';
import { truncate } from '../../domain/text.ts';
import { readJsonLines } from '../process/json-lines.ts';
import { confineNetwork } from './confine-network.ts';
import { confineProcess } from './confine-process.ts';
import { parsePayload } from './parse-payload.ts';
import { CONTROL_FD, MAX_FAILURE_MESSAGE, type ToScript } from './protocol.ts';
import { ControlChannel, createScriptContext } from './script-context.ts';

/** Node's exit code for an unsettled top-level await. */
const NEVER_SETTLED = 13;

const socket = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
const channel = new ControlChannel(socket);

confineProcess();
confineNetwork(process.argv[2] || undefined);
makeBlocking(process.stdout, process.stderr);
readJsonLines(socket, (message) => handleMessage(message as ToScript), killSelf);
// The worker has ended, and no process reads the results.
socket.on('close', killSelf);
socket.on('error', killSelf);

/**
 * Makes writes synchronous. Buffered output would be lost when the process exits, and `fs.writeSync()` would fail with
 * EAGAIN if the worker reads slower than the script writes.
 */
function makeBlocking(...streams: NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    (stream as unknown as { _handle: { setBlocking(on: boolean): void } })._handle.setBlocking(true);
  }
}

function handleMessage(message: ToScript): void {
  if (message.type === 'start') void start(message);
  else channel.reply(message);
}

async function start({ script, args, env, payload, run, folder }: Extract<ToScript, { type: 'start' }>): Promise<void> {
  process.chdir(folder);
  setEnvironment(env, folder);
  socket.unref();
  process.on('uncaughtExceptionMonitor', (error) => channel.send({ type: 'failed', message: firstLine(error) }));
  process.on('beforeExit', () => {
    console.error('the script never ended: its run() waits for an event that cannot occur');
    process.exit(NEVER_SETTLED);
  });
  channel.send({ type: 'started' });
  try {
    const { default: defined } = (await import(new URL(`scripts/${script}.mjs`, import.meta.url).href)) as {
      default: Script<unknown, readonly string[], unknown>;
    };
    const given = defined.args ? defined.args(args) : args;
    await defined.run(createScriptContext(channel, run, given, await parsePayload(defined.payload, payload)));
  } catch (error) {
    channel.send({ type: 'failed', message: firstLine(error) });
    console.error(error);
    process.exit(process.exitCode || 1);
  }
  process.exit();
}

/** Sets exactly the job's variables, and `TMPDIR` and `HOME` to the run's folder. */
function setEnvironment(env: Readonly<Record<string, string>>, folder: string): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, { TMPDIR: folder, HOME: folder, TZ: 'UTC', ...env });
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
  return truncate(text.split('\n')[0] ?? '', MAX_FAILURE_MESSAGE);
}

/** A signal instead of `process.exit()`, because a script's exit handlers could delay the end. */
function killSelf(): void {
  process.kill(process.pid, 'SIGKILL');
}
