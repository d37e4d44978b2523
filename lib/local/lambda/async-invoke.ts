import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorPayload, FunctionError, InvocationRefused } from './errors.ts';

/** What Lambda tells an on-failure destination of an asynchronous invocation. */
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
  /** Receives the invocation record once Lambda has given up. @default none: the event is dropped */
  readonly onFailure?: (record: InvocationRecord) => Promise<void> | void;
  /** Further attempts after a function error, 0–2. @default 2 */
  readonly maximumRetryAttempts?: number;
  /** Age in milliseconds after which an event is not tried again. @default 6 h */
  readonly maximumEventAgeMs?: number;
}

/** An event that was taken; `done` resolves when it has succeeded or has been given up, and never rejects. */
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
  /** Waits before the second and third attempt: on AWS a minute, then two. */
  readonly retryDelaysMs: readonly [number, number];
  readonly now: () => number;
  /** Aborts the waits when the function is stopped: what is still to be tried is lost. */
  readonly signal: AbortSignal;
  readonly invoke: () => Promise<unknown>;
}

/**
 * Invokes until it succeeds, as Lambda does for an asynchronous event: function errors twice more, throttles with
 * backoff until the event is too old. Rejects only when the destination refuses the record, or on abort.
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
