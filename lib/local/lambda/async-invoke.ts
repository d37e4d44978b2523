import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorPayload, FunctionError, InvocationRefused } from './errors.ts';

/** The record that Lambda sends to an on-failure destination of an asynchronous invocation. */
export interface InvocationRecord {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency' | 'RecursiveInvocation';
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  readonly responseContext?: {
    readonly statusCode: number;
    readonly executedVersion: '$LATEST';
    readonly functionError: 'Unhandled';
  };
  readonly responsePayload?: ErrorPayload;
}

export interface AsyncInvokeOptions {
  /** Receives the invocation record of a failed event. @default none: the event is dropped */
  readonly onFailure?: (record: InvocationRecord) => Promise<void> | void;
  /** Retries after a function error, 0–2. @default 2 */
  readonly maximumRetryAttempts?: number;
  /** Milliseconds after which an event is not retried. @default 6 h */
  readonly maximumEventAgeMs?: number;
}

/** An accepted event. `done` resolves when it has succeeded or failed for good, and never rejects. */
export interface AsyncInvocation {
  readonly requestId: string;
  readonly done: Promise<'succeeded' | 'failed'>;
}

const SIX_HOURS_MS = 6 * 3_600_000;
const THROTTLED_DELAY_MS = { first: 1000, most: 300_000 };

export interface AsyncInvocationRequest extends AsyncInvokeOptions {
  readonly requestId: string;
  readonly functionArn: string;
  readonly event: unknown;
  /** Delays before the second and the third attempt. Lambda waits one and two minutes. */
  readonly retryDelaysMs: readonly [number, number];
  readonly now: () => number;
  /** Aborts the delays when the function is stopped; pending retries are lost. */
  readonly signal: AbortSignal;
  readonly invoke: () => Promise<unknown>;
}

/**
 * Invokes with the retries of Lambda's asynchronous invocation: two retries after function errors, exponential backoff
 * after throttles until the event is too old.
 *
 * Rejects on abort, or if the destination rejects the record.
 */
export async function invokeUntilDone(job: AsyncInvocationRequest): Promise<'succeeded' | 'failed'> {
  const { maximumRetryAttempts = 2, maximumEventAgeMs = SIX_HOURS_MS, now, signal } = job;
  const acceptedAt = now();
  let attempts = 0;
  let throttleDelay = THROTTLED_DELAY_MS.first;
  for (;;) {
    let delay: number;
    try {
      attempts++;
      await job.invoke();
      return 'succeeded';
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof InvocationRefused && error.code === 'TooManyRequestsException') {
        attempts--;
        delay = throttleDelay;
        throttleDelay = Math.min(throttleDelay * 2, THROTTLED_DELAY_MS.most);
      } else if (error instanceof InvocationRefused) {
        await giveUp(job, 'RecursiveInvocation', attempts, error);
        return 'failed';
      } else if (attempts > maximumRetryAttempts) {
        await giveUp(job, 'RetriesExhausted', attempts, error);
        return 'failed';
      } else {
        delay = job.retryDelaysMs[attempts === 1 ? 0 : 1];
      }
      if (now() + delay - acceptedAt > maximumEventAgeMs) {
        await giveUp(job, 'EventAgeExceeded', attempts, error);
        return 'failed';
      }
    }
    await sleep(delay, undefined, { signal });
  }
}

async function giveUp(
  { requestId, functionArn, event, now, onFailure }: AsyncInvocationRequest,
  condition: InvocationRecord['requestContext']['condition'],
  approximateInvokeCount: number,
  error: unknown,
): Promise<void> {
  await onFailure?.({
    version: '1.0',
    timestamp: new Date(now()).toISOString(),
    requestContext: { requestId, functionArn: `${functionArn}:$LATEST`, condition, approximateInvokeCount },
    requestPayload: event,
    ...(error instanceof FunctionError && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: error.payload,
    }),
  });
}
