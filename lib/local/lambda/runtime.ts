/**
 * The Lambda runtime in the thread or process of an execution environment: loads the bundle, then processes one event
 * at a time. Entry point of the thread or process; `execution-environment.ts` is the host side.
 */
import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { Clock, realNow } from '../support/clock.ts';
import { trackChildProcesses } from './child-processes.ts';
import type { ErrorPayload } from './errors.ts';
import {
  type BootData,
  type ClockMessage,
  endOfOutput,
  type HostMessage,
  type InvokeMessage,
  type ProcessBootData,
  RETIRE,
  type RuntimeMessage,
  type ThreadBootData,
} from './protocol.ts';
import { shiftDate } from './shifted-date.ts';

type Handler = (event: unknown, context: object) => unknown;

class RuntimeError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

async function loadHandler({ bundle, handlerExport }: BootData): Promise<Handler> {
  const module = (await import(pathToFileURL(bundle).href)) as Record<string, unknown> & {
    default?: Record<string, unknown>;
  };
  const handler = module[handlerExport] ?? module.default?.[handlerExport];
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${bundle} exports no function named "${handlerExport}"`);
  }
  if (handler.length >= 3) {
    const message = `"${handlerExport}" of ${bundle} takes a callback; since Node.js 24 a handler must be async`;
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', message);
  }
  return handler as Handler;
}

function toPayload(thrown: unknown): ErrorPayload {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
}

function toJson(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (error) {
    throw new RuntimeError('Runtime.MarshalError', `Unable to stringify response body: ${String(error)}`);
  }
}

function createContext({ requestId, deadline, functionArn, clientContext }: InvokeMessage): object {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    ...(clientContext !== undefined && { clientContext: JSON.parse(clientContext) as unknown }),
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadline - realNow()),
  };
}

/** Connection of the runtime to the host. */
interface HostPort {
  send(message: RuntimeMessage): void;
  onMessage(handle: (message: HostMessage) => void): void;
  /** Resolves when the host can tell the output written so far from later output. */
  finishOutput(): Promise<unknown>;
}

async function serve(host: HostPort, boot: BootData, clock: Clock): Promise<void> {
  shiftDate(clock);
  const endChildren = trackChildProcesses();

  let handler: Handler;
  try {
    handler = await loadHandler(boot);
  } catch (error) {
    host.send({ type: 'init-error', error: toPayload(error) });
    return;
  }
  // Saved now rather than at exit, because the runtime may be terminated.
  flushCompileCache();

  const handle = async (message: InvokeMessage): Promise<void> => {
    const { requestId } = message;
    process.env._X_AMZN_TRACE_ID = message.trace;
    let outcome: RuntimeMessage;
    try {
      const result = toJson(await handler(JSON.parse(message.event), createContext(message)));
      outcome = { type: 'result', requestId, result };
    } catch (error) {
      outcome = { type: 'error', requestId, error: toPayload(error) };
    }
    // Output uses separate channels that the result could overtake; a late line would have no request id.
    await host.finishOutput();
    host.send(outcome);
  };
  const retire = async (): Promise<void> => {
    await endChildren();
    process.exit();
  };
  host.onMessage((message) => void (message === RETIRE ? retire() : handle(message)));
  host.send({ type: 'ready' });
}

/** Resolves when the host has received the output written to the stream so far. */
function flushed(stream: NodeJS.WriteStream): Promise<void> | undefined {
  return stream.writableLength === 0 ? undefined : new Promise((resolve) => stream.write('', () => resolve()));
}

async function serveThread(port: NonNullable<typeof parentPort>, boot: ThreadBootData): Promise<void> {
  const host: HostPort = {
    send: (message) => port.postMessage(message),
    onMessage: (handle) => port.on('message', handle),
    finishOutput: () => Promise.all([flushed(process.stdout), flushed(process.stderr)]),
  };
  await serve(host, boot, new Clock(boot.clock));
}

async function serveProcess(boot: ProcessBootData): Promise<void> {
  const clock = new Clock();
  clock.advance(boot.clockOffset);
  const host: HostPort = {
    send: (message) => process.send?.(message),
    onMessage: (handle) =>
      process.on('message', (message: HostMessage | ClockMessage) => {
        if (typeof message === 'object' && 'offset' in message) clock.advance(message.offset - clock.offset);
        else handle(message);
      }),
    // Writes to pipes are synchronous.
    finishOutput: async () => {
      for (const stream of [process.stdout, process.stderr]) stream.write(`\n${endOfOutput}\n`);
    },
  };
  process.on('uncaughtExceptionMonitor', (error) => host.send({ type: 'crash', error: toPayload(error) }));
  process.on('disconnect', () => process.exit());
  await serve(host, boot, clock);
}

if (parentPort) await serveThread(parentPort, workerData as ThreadBootData);
else if (process.send) await serveProcess(JSON.parse(process.argv[1] ?? '') as ProcessBootData);
