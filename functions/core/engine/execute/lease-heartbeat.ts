import type { Lease, Run } from '../../domain/run.ts';
import { CANCEL_POLL_INTERVAL_MS, HEARTBEAT_INTERVAL_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getRun, renewLease } from '../../store/runs.ts';
import { createLease } from './claim-run.ts';

/** The reason for which the work on a run was interrupted from outside. */
export type InterruptReason = 'canceled' | 'lease-lost';

/** A background task that keeps a worker's lease alive. Dispose it when the work has ended. */
export interface LeaseHeartbeat extends AsyncDisposable {
  /** Aborts with an {@link InterruptReason} as its `reason`. */
  readonly signal: AbortSignal;
  interruptReason(): InterruptReason | undefined;
}

/**
 * Renews the run's lease and reads its row for a cancel request until disposed of. A store that does not answer is
 * asked again; once the lease has run out by this worker's clock, the work stops: somebody else may have it by now.
 *
 * @param onRenewed is called after each look that found the run this worker's still; does not reject
 */
export function startHeartbeat(
  platform: Platform,
  run: Run,
  lease: Lease,
  onRenewed: () => Promise<void> = async () => {},
): LeaseHeartbeat {
  const { db, now, log } = platform;
  const controller = new AbortController();
  let expiresAt = Date.parse(lease.until);
  let lastRenewedAt = now();
  let pendingPoll: Promise<void> = Promise.resolve();
  const interrupt = (reason: InterruptReason) => controller.abort(reason);

  const poll = async (): Promise<void> => {
    try {
      const renewalDue = now() - lastRenewedAt >= HEARTBEAT_INTERVAL_MS;
      const next = createLease(now(), lease.token);
      const current = renewalDue ? (await renewLease(db, run, next)).run : await getRun(db, run);
      // guard: heartbeat.run-taken
      if (current?.lease?.token !== lease.token) return interrupt('lease-lost');
      if (renewalDue) [expiresAt, lastRenewedAt] = [Date.parse(next.until), now()];
      if (current.state === 'stopping') interrupt('canceled');
      await onRenewed();
    } catch (error) {
      log.warn('run.attend_failed', { run: run.ulid, error: String(error) });
      // guard: heartbeat.lease-expired
      if (now() >= expiresAt) interrupt('lease-lost');
    }
  };
  const timer = setInterval(() => {
    pendingPoll = pendingPoll.then(() =>
      controller.signal.aborted && controller.signal.reason === 'lease-lost' ? undefined : poll(),
    );
  }, CANCEL_POLL_INTERVAL_MS);

  return {
    signal: controller.signal,
    interruptReason: () => (controller.signal.aborted ? (controller.signal.reason as InterruptReason) : undefined),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await pendingPoll;
    },
  };
}
