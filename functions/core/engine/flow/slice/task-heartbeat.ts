import { stopModeAt } from '../../../domain/flow/stop.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Lease, Run } from '../../../domain/run.ts';
import { CANCEL_POLL_INTERVAL_MS, HEARTBEAT_INTERVAL_MS } from '../../../domain/timing.ts';
import { getRun } from '../../../store/runs.ts';
import { renewTaskLease } from '../../../store/tasks.ts';
import { createLease } from '../../execute/lease.ts';
import { type InterruptReason, type LeaseHeartbeat, readInterruptReason } from '../../execute/lease-heartbeat.ts';
import { startPolling } from '../../polling.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { failTimedOutRun } from '../stop/fail-timed-out-run.ts';

/** The heartbeat of a flow task. Its run may also ask the slice to end at the next page boundary. */
export interface TaskHeartbeat extends LeaseHeartbeat {
  /** Returns the lease after its latest renewal. */
  lease(): Lease;
  /** @returns whether the run is being stopped in mode `checkpoint`: the slice ends after the current page */
  isDraining(): boolean;
  /** Aborts when the run is first seen to be draining. */
  readonly drainSignal: AbortSignal;
}

/**
 * Starts a heartbeat for a claimed task: renews its lease every 20 s and polls the run's row every 3 s. Interrupts the
 * work when the run is stopped or exceeds its timeout, and with `lease-lost` once the lease has expired by the local
 * clock.
 *
 * @param timeoutMs timeout of the run in milliseconds; `null`: no timeout
 */
export function startTaskHeartbeat(
  platform: FlowPlatform,
  run: Run,
  task: Task & { readonly lease: Lease },
  timeoutMs: number | null,
): TaskHeartbeat {
  const { db, now, log } = platform;
  const controller = new AbortController();
  const drain = new AbortController();
  let { lease } = task;
  let lastRenewedAt = now();
  let draining = false;
  const interrupt = (reason: InterruptReason) => controller.abort(reason);

  const polling = startPolling(CANCEL_POLL_INTERVAL_MS, async () => {
    if (controller.signal.aborted) return;
    try {
      if (now() - lastRenewedAt >= HEARTBEAT_INTERVAL_MS) {
        const renewed = createLease(now(), lease.token);
        if (!(await renewTaskLease(db, task, renewed))) return interrupt('lease-lost');
        lease = renewed;
        lastRenewedAt = now();
      }
      const current = await getRun(db, run);
      draining = isStoppedGently(current, now());
      if (draining) drain.abort();
      if (current?.state !== 'running' && !draining) return interrupt('stop-requested');
      if (current?.state === 'running' && timeoutMs !== null && ageOf(current, now()) > timeoutMs) {
        await failTimedOutRun(platform, current, timeoutMs);
        interrupt('stop-requested');
      }
    } catch (error) {
      log.warn('lease.renewal_failed', { run: run.ulid, task: task.index, error: String(error) });
      // guard: task.lease-expired
      if (now() >= Date.parse(lease.until)) interrupt('lease-lost');
    }
  });

  return {
    signal: controller.signal,
    lease: () => lease,
    isDraining: () => draining,
    drainSignal: drain.signal,
    interruptReason: () => readInterruptReason(controller.signal),
    [Symbol.asyncDispose]: () => polling[Symbol.asyncDispose](),
  };
}

function isStoppedGently(run: Run | undefined, now: number): boolean {
  return run?.state === 'stopping' && run.stop !== null && !run.failure && stopModeAt(run.stop, now) === 'checkpoint';
}

const ageOf = ({ startedAt, createdAt }: Run, now: number): number => now - Date.parse(startedAt ?? createdAt);
