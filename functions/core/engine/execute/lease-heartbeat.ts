import type { Lease, Run } from '../../domain/run.ts';
import { CANCEL_POLL_INTERVAL_MS, HEARTBEAT_INTERVAL_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getRun, renewLease } from '../../store/runs.ts';
import { startPolling } from '../polling.ts';
import { createLease } from './lease.ts';

/** The reason for which the work on a run or on one of its tasks was interrupted from outside. */
export type InterruptReason = 'stop-requested' | 'lease-lost';

/** A background task that keeps a worker's lease alive. Dispose it when the work has ended. */
export interface LeaseHeartbeat extends AsyncDisposable {
  /** Aborts with an {@link InterruptReason} as its `reason`. */
  readonly signal: AbortSignal;
  /** @returns the reason of the interruption, or `undefined` while the work may continue */
  interruptReason(): InterruptReason | undefined;
}

/**
 * Starts a heartbeat for a claimed run: renews its lease every 20 s and polls its row for a cancel request every 3 s.
 *
 * A failed store call is logged and repeated at the next poll. Once the lease has expired by the local clock, the
 * heartbeat interrupts the work with `lease-lost`, because another worker may have claimed the run.
 *
 * @param lease the lease obtained by the claim
 * @param onRenewed called after each poll that confirmed the lease; must not reject
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
  const interrupt = (reason: InterruptReason) => controller.abort(reason);

  const polling = startPolling(CANCEL_POLL_INTERVAL_MS, async () => {
    // The lease is renewed until the worker has written the end of a canceled run.
    if (controller.signal.reason === 'lease-lost') return;
    try {
      const renewalDue = now() - lastRenewedAt >= HEARTBEAT_INTERVAL_MS;
      const renewed = createLease(now(), lease.token);
      const current = renewalDue ? (await renewLease(db, run, renewed)).run : await getRun(db, run);
      // guard: heartbeat.run-taken
      if (current?.lease?.token !== lease.token) return interrupt('lease-lost');
      if (renewalDue) {
        expiresAt = Date.parse(renewed.until);
        lastRenewedAt = now();
      }
      if (current.state === 'stopping') interrupt('stop-requested');
      await onRenewed();
    } catch (error) {
      log.warn('lease.renewal_failed', { run: run.ulid, error: String(error) });
      // guard: heartbeat.lease-expired
      if (now() >= expiresAt) interrupt('lease-lost');
    }
  });

  return {
    signal: controller.signal,
    interruptReason: () => readInterruptReason(controller.signal),
    [Symbol.asyncDispose]: () => polling[Symbol.asyncDispose](),
  };
}

/** Returns the reason of an aborted heartbeat signal. */
export function readInterruptReason({ aborted, reason }: AbortSignal): InterruptReason | undefined {
  return aborted ? (reason as InterruptReason) : undefined;
}
