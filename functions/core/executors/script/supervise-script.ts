import { constants } from 'node:os';
import { JobdeckError } from '../../domain/errors.ts';
import type { ScriptTarget } from '../../domain/job.ts';
import { truncate } from '../../domain/text.ts';
import type { Execution, Outcome } from '../execution.ts';
import { OutputCapture } from '../output/output.ts';
import type { ProcessExit } from '../process/child-process.ts';
import { readJsonLines } from '../process/json-lines.ts';
import { watchMemory } from '../process/usage.ts';
import { encodeLine, type FromScript, MAX_LINE_LENGTH, parseFromScript, type Report } from './protocol.ts';
import { refProcess, type ScriptProcess } from './script-process.ts';

/** The reason why the worker ended the script; `undefined` if the script ended on its own. */
type StopReason = 'timeout' | 'aborted' | 'memory' | 'broken' | undefined;

/** Requests of a script that are handled at the same time. */
const MAX_OPEN_REQUESTS = 16;

export interface ScriptLimits {
  /** Limit of the script's resident memory. */
  readonly memoryMb: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
}

export interface SupervisedRun {
  readonly outcome: Outcome;
  /** `false` if the process ended before it accepted the script, which may then run in another process. */
  readonly started: boolean;
}

/** Sends a script to a waiting process, whose folder exists, and supervises the process to its end. */
export async function superviseScript(
  scriptProcess: ScriptProcess,
  script: string,
  target: ScriptTarget,
  execution: Execution,
  { memoryMb, graceMs }: ScriptLimits,
): Promise<SupervisedRun> {
  const startedAt = performance.now();
  const stdout = new OutputCapture(execution.redaction);
  const stderr = new OutputCapture(execution.redaction);
  execution.onOutput?.({ stdout, stderr });
  let started = false;
  let stopReason: StopReason;
  let failureMessage: string | undefined;
  let report: Report = {};
  const timers: NodeJS.Timeout[] = [];
  const scheduleAfter = (ms: number, act: () => void): number => timers.push(setTimeout(act, ms));

  let openRequests = 0;
  /** Reads no further messages while many requests are open, so that a script cannot fill the memory of the worker. */
  const handleRequest = async (request: Request): Promise<void> => {
    openRequests += 1;
    if (openRequests >= MAX_OPEN_REQUESTS) scriptProcess.control.pause();
    await reply(scriptProcess, execution, request);
    openRequests -= 1;
    if (openRequests < MAX_OPEN_REQUESTS) scriptProcess.control.resume();
  };

  scriptProcess.stdout.on('data', (chunk: Buffer) => stdout.write(chunk));
  scriptProcess.stderr.on('data', (chunk: Buffer) => stderr.write(chunk));
  readJsonLines(
    scriptProcess.control,
    (message) => {
      const received = parseFromScript(message);
      if (!received) failChannel('a line on the control channel is not a message of a script');
      else if (received.type === 'started') started = true;
      else if (received.type === 'failed') failureMessage = received.message;
      else if (received.type === 'report') report = { ...report, ...received.report };
      else void handleRequest(received);
    },
    (cause) => failChannel(cause),
    MAX_LINE_LENGTH,
  );

  const kill = (cause: StopReason): void => {
    stopReason ??= cause;
    scriptProcess.child.kill('SIGKILL');
  };
  const failChannel = (cause: string): void => {
    failureMessage = cause;
    kill('broken');
  };
  const stop = (cause: StopReason): void => {
    if (stopReason) return;
    stopReason = cause;
    scriptProcess.child.kill('SIGTERM');
    scheduleAfter(graceMs, () => scriptProcess.child.kill('SIGKILL'));
  };
  // The channel closes when the process ends. A script that closes it deliberately would escape supervision and is
  // killed.
  scriptProcess.control.once('end', () => {
    scheduleAfter(graceMs, () => failChannel('the control channel was closed before the end'));
  });
  const abort = (): void => stop('aborted');
  scheduleAfter(execution.timeoutMs, () => stop('timeout'));
  const unwatch = watchMemory(scriptProcess.child.pid ?? 0, memoryMb, () => kill('memory'));
  execution.signal.addEventListener('abort', abort);
  if (execution.signal.aborted) abort();

  refProcess(scriptProcess);
  const { runId, tenant, jobId, attempt, scheduledAt } = execution;
  const run = { runId, tenant, jobId, attempt, scheduledAt };
  const { payload } = execution;
  const { args, env } = target;
  scriptProcess.control.write(
    encodeLine({ type: 'start', script, args, env, payload, run, folder: scriptProcess.folder }),
  );
  const exit = await scriptProcess.closed;

  for (const timer of timers) clearTimeout(timer);
  unwatch();
  execution.signal.removeEventListener('abort', abort);
  const stderrOutput = stderr.finish();
  if (!stopReason && exit.signal && stderrOutput.tail.includes('JavaScript heap out of memory')) stopReason = 'memory';
  return {
    started: started || stopReason !== undefined,
    outcome: {
      ...toOutcome(stopReason, exit, failureMessage, execution.timeoutMs, memoryMb),
      stdout: stdout.finish(),
      stderr: stderrOutput,
      durationMs: Math.round(performance.now() - startedAt),
      itemsProcessed: report.itemsProcessed ?? 0,
      meta: report.meta ?? null,
    },
  };
}

function toOutcome(
  stopReason: StopReason,
  exit: ProcessExit,
  failureMessage: string | undefined,
  timeoutMs: number,
  memoryMb: number,
): Pick<Outcome, 'status' | 'exitCode' | 'message'> {
  const exitCode = exit.signal ? 128 + constants.signals[exit.signal] : exit.code;
  switch (stopReason) {
    case 'timeout':
      return { status: 'timeout', exitCode: null, message: `timeout: over ${timeoutMs} ms` };
    case 'aborted':
      return { status: 'aborted', exitCode: exit.code, message: 'stopped before its end' };
    case 'memory':
      return { status: 'error', exitCode, message: `out of memory: over ${memoryMb} MB` };
    case 'broken':
      return { status: 'error', exitCode, message: failureMessage ?? null };
    case undefined:
      if (exit.spawnError) return { status: 'error', exitCode, message: `no process: ${exit.spawnError.message}` };
      if (exitCode === 0) return { status: 'ok', exitCode, message: null };
      return {
        status: 'error',
        exitCode,
        message: failureMessage ?? (exit.signal ? `killed by ${exit.signal}` : `exit code ${exitCode}`),
      };
  }
}

/** A message of a script that expects a reply. */
type Request = Extract<FromScript, { readonly id: number }>;

async function reply(scriptProcess: ScriptProcess, execution: Execution, request: Request): Promise<void> {
  const answer = await answerTo(execution, request).then(
    (value) => ({ value }),
    (error: unknown) => describeError(request, error as Error),
  );
  const message = { type: 'reply', id: request.id, ...answer } as const;
  if (scriptProcess.control.writable) scriptProcess.control.write(encodeLine(message));
}

async function answerTo({ state, trigger }: Execution, request: Request): Promise<unknown> {
  if (request.type === 'trigger') return trigger(request.job, request.key, request.input);
  const { namespace, key } = request;
  const place = { namespace, key };
  if (request.operation === 'get') return state.get(place);
  if (request.operation === 'set') await state.set(place, request.value, request.ttlSeconds);
  else await state.delete(place);
  return undefined;
}

function describeError(request: Request, error: Error): { readonly error: string; readonly code?: string } {
  if (request.type === 'state') return { error: `state '${request.key}': ${error.message}` };
  const code = error instanceof JobdeckError ? error.code : 'trigger.failed';
  return { error: `trigger '${truncate(request.job, 100)}': ${error.message}`, code };
}
