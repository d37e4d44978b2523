import type { RetryPolicy } from '../../../domain/job.ts';
import { retryDelayMs } from '../../../domain/retry.ts';
import { type FlowHttp, MayPass } from './flow-http.ts';

/** No try begins later after the first one, waits that were asked for aside: each may take its time to fail. */
const LAST_TRY_MS = 60_000;
/** Waits that were asked for are kept to up to so long each, and up to so long for a request altogether. */
const LONGEST_ASKED_MS = 60_000;
const ASKED_MS = 120_000;

/**
 * Repeats what may pass: after the wait that was asked for, or else as `policy` says. Waits that were asked for are the
 * other side's pace, and no failed tries. An abort ends a wait: what it means is for `attempt` to throw.
 *
 * @throws FlowFailure, not permanent, when it did not pass; what `attempt` throws that is not MayPass
 */
export async function persist<Result>(
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  http: FlowHttp,
  signal: AbortSignal,
): Promise<Result> {
  const { now, random } = http.context;
  const begun = now();
  let askedMs = 0;
  for (let tries = 1; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof MayPass)) throw error;
      const giveUp = (why: string) => http.failure(`${error.message}; ${why}`, { permanent: false });
      const asked = error.askedMs;
      if (asked !== null) {
        askedMs += asked;
        if (asked > LONGEST_ASKED_MS) throw giveUp(`it asks for a wait of ${asked / 1_000} s`);
        if (askedMs > ASKED_MS) throw giveUp(`it asked for waits of ${askedMs / 1_000} s in all`);
        http.warn(`${error.message}: asked to wait`, { waitMs: asked });
        await http.pause(asked, signal);
      } else {
        const delay = retryDelayMs(policy, tries, random());
        if (tries >= policy.attempts || now() - begun - askedMs + delay > LAST_TRY_MS) throw giveUp(`tries: ${tries}`);
        http.warn(`${error.message}: tried again`, { tries, waitMs: Math.round(delay) });
        tries += 1;
        await http.pause(delay, signal);
      }
    }
  }
}
