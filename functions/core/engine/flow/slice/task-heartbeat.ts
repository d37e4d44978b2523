import { stopModeAt } from '../../../domain/flow/stop.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Lease, Run } from '../../../domain/run.ts';
import { CANCEL_POLL_INTERVAL_MS, HEARTBEAT_INTERVAL_MS } from '../../../domain/timing.ts';
import { getRun, requestFailure } from '../../../store/runs.ts';
import { renewTaskLease } from '../../../store/tasks.ts';
import { createLease } from '../../execute/claim-run.ts';
import type { FlowEndPlatform } from '../end-flow.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { logRunEvent } from '../log-run-event.ts';
import { stopTasks } from '../stop/stop-flow.ts';

/** The reason for which the work on a task was interrupted from outside. */
export type TaskInterruptReason = 'stop' | 'lease-lost';

/** A background task that keeps a worker's lease on a flow task alive. Dispose it when the work has ended. */
export interface TaskHeartbeat extends AsyncDisposable {
  /** Aborts with a {@link TaskInterruptReason} as its `reason`. */
  readonly signal: AbortSignal;
  /** Returns the lease after its latest renewal. */
  lease(): Lease;
  /** @returns whether the run is being stopped in mode `checkpoint`: the slice ends after the current page */
  isDraining(): boolean;
  /** Aborts when the run is first seen to be draining. */
  readonly drainSignal: AbortSignal;
  interruptReason(): TaskInterruptReason | undefined;
}

/**
 * Starts a heartbeat for a claimed task: renews its lease every 20 s and polls the run's row every 5 s. Interrupts the
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
  let pendingPoll: Promise<void> = Promise.resolve();
  const interrupt = (reason: TaskInterruptReason) => controller.abort(reason);

  const poll = async (): Promise<void> => {
    try {
      if (now() - lastRenewedAt >= HEARTBEAT_INTERVAL_MS) {
        const next = createLease(now(), lease.token);
        if (!(await renewTaskLease(db, task, next))) return interrupt('lease-lost');
        [lease, lastRenewedAt] = [next, now()];
      }
      const row = await getRun(db, run);
      if (row?.state === 'stopping' && row.stop && !row.failure)
        draining = stopModeAt(row.stop, now()) === 'checkpoint';
      else draining = false;
      if (draining) drain.abort();
      if (row?.state !== 'running' && !draining) return interrupt('stop');
      if (
        row?.state === 'running' &&
        timeoutMs !== null &&
        now() - Date.parse(row.startedAt ?? row.createdAt) > timeoutMs
      ) {
        await failTimedOutRun(platform, row, timeoutMs);
        interrupt('stop');
      }
    } catch (error) {
      log.warn('task.attend_failed', { run: run.ulid, task: task.index, error: String(error) });
      // guard: task.lease-expired
      if (now() >= Date.parse(lease.until)) interrupt('lease-lost');
    }
  };
  const timer = setInterval(() => {
    pendingPoll = pendingPoll.then(() => (controller.signal.aborted ? undefined : poll()));
  }, CANCEL_POLL_INTERVAL_MS);

  return {
    signal: controller.signal,
    lease: () => lease,
    isDraining: () => draining,
    drainSignal: drain.signal,
    interruptReason: () => (controller.signal.aborted ? (controller.signal.reason as TaskInterruptReason) : undefined),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await pendingPoll;
    },
  };
}

/** Fails a run that has exceeded its timeout. */
export async function failTimedOutRun(platform: FlowEndPlatform, run: Run, timeoutMs: number): Promise<void> {
  const failure = { kind: 'timeout', message: `timeout: it took longer than ${timeoutMs} ms` } as const;
  const requested = await requestFailure(platform.db, run, failure);
  if (!requested.ok) return;
  await logRunEvent(platform, run, null, 'error', failure.message);
  await stopTasks(platform, requested.run);
}
