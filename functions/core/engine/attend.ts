import type { Lease, Run } from '../domain/run.ts';
import { CANCEL_POLL_MS, HEARTBEAT_MS } from '../domain/timing.ts';
import type { Platform } from '../platform/platform.ts';
import { getRun, renewLease } from '../store/runs.ts';
import { newLease } from './claim.ts';

/** Why the work on a run was stopped from outside. */
export type Interruption = 'canceled' | 'lease-lost';

/** Keeps a claimed run its worker's, and watches for the end of that. */
export interface Attendance extends AsyncDisposable {
  /** Aborted with an `Interruption` as its reason. */
  readonly signal: AbortSignal;
  interruption(): Interruption | undefined;
}

/**
 * Renews the run's lease and reads its row for a cancel request until disposed of. A store that does not answer is
 * asked again; once the lease has run out by this worker's clock, the work stops: somebody else may have it by now.
 *
 * @param onHeld is called after each look that found the run this worker's still; does not reject
 */
export function attend(
  platform: Platform,
  run: Run,
  lease: Lease,
  onHeld: () => Promise<void> = async () => {},
): Attendance {
  const { db, now, log } = platform;
  const controller = new AbortController();
  let until = Date.parse(lease.until);
  let renewed = now();
  let busy: Promise<void> = Promise.resolve();
  const stop = (reason: Interruption) => controller.abort(reason);

  const look = async (): Promise<void> => {
    try {
      const beat = now() - renewed >= HEARTBEAT_MS;
      const next = newLease(now(), lease.token);
      const row = beat ? (await renewLease(db, run, next)).run : await getRun(db, run);
      // guard: heartbeat.run-taken
      if (row?.lease?.token !== lease.token) return stop('lease-lost');
      if (beat) [until, renewed] = [Date.parse(next.until), now()];
      if (row.state === 'stopping') stop('canceled');
      await onHeld();
    } catch (error) {
      log.warn('run.attend_failed', { run: run.ulid, error: String(error) });
      // guard: heartbeat.lease-expired
      if (now() >= until) stop('lease-lost');
    }
  };
  const timer = setInterval(() => {
    busy = busy.then(() =>
      controller.signal.aborted && controller.signal.reason === 'lease-lost' ? undefined : look(),
    );
  }, CANCEL_POLL_MS);

  return {
    signal: controller.signal,
    interruption: () => (controller.signal.aborted ? (controller.signal.reason as Interruption) : undefined),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await busy;
    },
  };
}
