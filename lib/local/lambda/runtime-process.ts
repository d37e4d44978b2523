import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { dieWithParentCommand } from '../../../functions/core/executors/process/child-process.ts';
import { readLines } from './log.ts';
import {
  type ClockMessage,
  endOfOutput,
  type HostMessage,
  type ProcessBootData,
  type RuntimeMessage,
} from './protocol.ts';
import { bootstrapCode, exitReason, heapLimitMb, type StartRuntime } from './runtime-container.ts';

const ENTRY = bootstrapCode('JSON.parse(process.argv[1])');

/** Limit of V8's young generation, as for threads. */
const SEMI_SPACE_MB = 3;

/**
 * Starts a runtime in a process of its own, for functions that start processes themselves. A process is started by a
 * copy of its parent's page tables: 15 ms of CPU from a host of 500 MB, 2 ms from a process of 80 MB.
 */
export const startProcess: StartRuntime = (options, { onMessage, onLine, onError, onExit }) => {
  const { clock, env } = options;
  const boot: ProcessBootData = { ...options.boot, clockOffset: clock.offset };
  const flags = [`--max-old-space-size=${heapLimitMb(options)}`, `--max-semi-space-size=${SEMI_SPACE_MB}`];
  const node = [process.execPath, ...flags, '-e', ENTRY, JSON.stringify(boot)];
  const [command = '', ...rest] = [...dieWithParentCommand(), ...node];
  const child = spawn(command, rest, {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const send = (message: HostMessage | ClockMessage) => {
    if (child.connected) child.send(message, () => {}); // a failed send is followed by `exit`
  };
  const stopFollowing = clock.onChange(() => send({ type: 'clock', offset: clock.offset }));

  // The result is reported once both streams have delivered the invocation's output.
  let openStreams = 0;
  let outcome: RuntimeMessage | undefined;
  const report = () => {
    if (!outcome || openStreams > 0) return;
    const message = outcome;
    outcome = undefined;
    onMessage(message);
  };
  const read = (stream: Readable, name: 'stdout' | 'stderr') =>
    readLines(stream, (line) => {
      if (line !== endOfOutput) return onLine(line, name);
      openStreams -= 1;
      report();
    });
  if (child.stdout) read(child.stdout, 'stdout');
  if (child.stderr) read(child.stderr, 'stderr');
  child.on('message', (message: RuntimeMessage) => {
    if (message.type === 'crash') onError(message.error);
    else if (message.type === 'result' || message.type === 'error') {
      openStreams += 2;
      outcome = message;
      report();
    } else onMessage(message);
  });
  let ended = false;
  const end = (reason: string) => {
    if (ended) return;
    ended = true;
    stopFollowing();
    onExit(reason);
  };
  child.once('error', (error) => {
    onError(error);
    end(String(error));
  });
  child.once('exit', (code, signal) => end(signal ? `Runtime exited with error: signal: ${signal}` : exitReason(code)));
  return { send, terminate: () => void child.kill('SIGKILL') };
};
