import { modeAt } from '../../domain/flow/stop.ts';
import type { Task } from '../../domain/flow/task.ts';
import type { Lease, Run } from '../../domain/run.ts';
import { CANCEL_POLL_MS, HEARTBEAT_MS } from '../../domain/timing.ts';
import { getRun, requestFailure } from '../../store/runs.ts';
import { renewTask } from '../../store/tasks.ts';
import { newLease } from '../claim.ts';
import type { EndPlatform } from './end.ts';
import type { FlowPlatform } from './flow-platform.ts';
import { stopTasks } from './stop.ts';
import { tell } from './tell.ts';

/** Why the work on a task was stopped from outside. */
export type Interruption = 'stop' | 'lease-lost';

/** Keeps a claimed task its worker's, and watches for the end of that. */
export interface TaskAttendance extends AsyncDisposable {
  /** Aborted with an `Interruption` as its reason. */
  readonly signal: AbortSignal;
  /** The lease as it was renewed last: what the holder's next write sets. */
  lease(): Lease;
  /** The run is being stopped gently: the slice ends with the page in hand. */
  isDraining(): boolean;
  /** Aborted when that is first seen. */
  readonly drained: AbortSignal;
  interruption(): Interruption | undefined;
}

/**
 * Renews the lease on a task and reads the run's row until disposed of: a run that is being stopped, or that takes too
 * long, stops the work. Once the lease has run out by this worker's clock, the work stops, too.
 *
 * @param timeoutMs what the run may take; null: as long as it takes
 */
export function attendTask(
  platform: FlowPlatform,
  run: Run,
  task: Task & { readonly lease: Lease },
  timeoutMs: number | null,
): TaskAttendance {
  const { db, now, log } = platform;
  const controller = new AbortController();
  const drain = new AbortController();
  let { lease } = task;
  let renewed = now();
  let draining = false;
  let busy: Promise<void> = Promise.resolve();
  const stop = (reason: Interruption) => controller.abort(reason);

  const look = async (): Promise<void> => {
    try {
      if (now() - renewed >= HEARTBEAT_MS) {
        const next = newLease(now(), lease.token);
        if (!(await renewTask(db, task, next))) return stop('lease-lost');
        [lease, renewed] = [next, now()];
      }
      const row = await getRun(db, run);
      if (row?.state === 'stopping' && row.stop && !row.failure) draining = modeAt(row.stop, now()) === 'checkpoint';
      else draining = false;
      if (draining) drain.abort();
      if (row?.state !== 'running' && !draining) return stop('stop');
      if (
        row?.state === 'running' &&
        timeoutMs !== null &&
        now() - Date.parse(row.startedAt ?? row.createdAt) > timeoutMs
      ) {
        await timeOut(platform, row, timeoutMs);
        stop('stop');
      }
    } catch (error) {
      log.warn('task.attend_failed', { run: run.ulid, task: task.index, error: String(error) });
      // guard: task.lease-expired
      if (now() >= Date.parse(lease.until)) stop('lease-lost');
    }
  };
  const timer = setInterval(() => {
    busy = busy.then(() => (controller.signal.aborted ? undefined : look()));
  }, CANCEL_POLL_MS);

  return {
    signal: controller.signal,
    lease: () => lease,
    isDraining: () => draining,
    drained: drain.signal,
    interruption: () => (controller.signal.aborted ? (controller.signal.reason as Interruption) : undefined),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await busy;
    },
  };
}

/** Fails a run that took longer than it may. */
export async function timeOut(platform: EndPlatform, run: Run, timeoutMs: number): Promise<void> {
  const failure = { kind: 'timeout', message: `timeout: it took longer than ${timeoutMs} ms` } as const;
  const asked = await requestFailure(platform.db, run, failure);
  if (!asked.ok) return;
  await tell(platform, run, null, 'error', failure.message);
  await stopTasks(platform, asked.run);
}
