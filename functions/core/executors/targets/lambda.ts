import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { perKey } from './per-key.ts';

/** One invocation of a function. */
export interface Invocation {
  readonly isAsynchronous: boolean;
  /** JSON of the event. */
  readonly payload: string;
  /** Client context, for a synchronous invocation. */
  readonly context?: object;
}

/** The answer of Lambda. */
export interface InvocationResult {
  /** `Handled` or `Unhandled` if the function failed. */
  readonly functionError: string | undefined;
  /** JSON of the result or of the error; empty for an asynchronous invocation. */
  readonly payload: string;
  /** The last 4 KB of the log; empty for an asynchronous invocation. */
  readonly log: string;
  readonly requestId: string | undefined;
}

/** One attempt a call: a repetition by the client could execute a function twice. Runs are deferred instead. */
const clientIn = perKey((region) => new LambdaClient({ region, maxAttempts: 1 }));

/** Codes of connections that ended after the request was sent. */
const LOST_CONNECTIONS = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

/** Invokes a function. A failed function is a result. */
export async function invoke(
  region: string,
  functionArn: string,
  { isAsynchronous, payload, context }: Invocation,
  abortSignal: AbortSignal,
): Promise<InvocationResult> {
  const command = new InvokeCommand({
    FunctionName: functionArn,
    InvocationType: isAsynchronous ? 'Event' : 'RequestResponse',
    Payload: Buffer.from(payload),
    ...(!isAsynchronous && { LogType: 'Tail' }),
    ...(context && { ClientContext: Buffer.from(JSON.stringify(context)).toString('base64') }),
  });
  try {
    const { FunctionError, Payload, LogResult = '', $metadata } = await clientIn(region).send(command, { abortSignal });
    return {
      functionError: FunctionError,
      payload: Payload ? Buffer.from(Payload).toString() : '',
      log: Buffer.from(LogResult, 'base64').toString(),
      requestId: $metadata.requestId,
    };
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (isAsynchronous || !LOST_CONNECTIONS.includes(String(code))) throw error;
    throw new Error('the connection ended before the answer, so the function may have run', { cause: error });
  }
}
