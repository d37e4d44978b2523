import type { RetryPolicy } from '../../../domain/job.ts';
import { retryDelayMs } from '../../../domain/retry.ts';
import { LONGEST_RETRY_AFTER_MS } from '../../../domain/retry-after.ts';
import { type FlowHttp, MayPass } from './flow-http.ts';

/** No try begins later after the first one, waits that were asked for aside: each may take its time to fail. */
const LAST_TRY_MS = 60_000;
/** Waits that were asked for are waited for here up to so long each, and up to so long for a request altogether. */
const LONGEST_ASKED_MS = 60_000;
const ASKED_MS = 120_000;

/**
 * Repeats what may pass: after the wait that was asked for, or else as `policy` says. Waits that were asked for are the
 * other side's pace, and no failed tries. An abort ends a wait: what it means is for `attempt` to throw.
 *
 * @throws FlowFailure, not permanent, when it did not pass; Postponed when the wait is too long for a worker; what
 *   `attempt` throws that is not MayPass
 */
export async function persist<Result>(
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  http: FlowHttp,
  signal: AbortSignal,
): Promise<Result> {
  const { now, random } = http.context;
  const begun = now();
  let waitedMs = 0;
  for (let tries = 1; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (/* guard: http.retry */ !(error instanceof MayPass)) throw error;
      const { askedMs } = error;
      if (askedMs !== null) {
        const waitMs = Math.min(askedMs, LONGEST_RETRY_AFTER_MS);
        waitedMs += waitMs;
        http.log('warn', `${error.message}: asked to wait`, { waitMs });
        if (waitMs > LONGEST_ASKED_MS || waitedMs > ASKED_MS) throw new Postponed(error.message, waitMs);
        await http.pause(waitMs, signal);
      } else {
        const delay = retryDelayMs(policy, tries, random());
        if (tries >= policy.attempts || now() - begun - waitedMs + delay > LAST_TRY_MS) {
          throw http.failure(`${error.message}; tries: ${tries}`, { permanent: false });
        }
        http.log('warn', `${error.message}: tried again`, { tries, waitMs: Math.round(delay) });
        tries += 1;
        await http.pause(delay, signal);
      }
    }
  }
}

/** A request to be sent again by a later slice: no worker is held for a wait of this length. */
export class Postponed extends Error {
  /** Milliseconds, up to `LONGEST_RETRY_AFTER_MS`. */
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.name = 'Postponed';
    this.waitMs = waitMs;
  }
}
