import type { Plan } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import { isTerminal, type Run } from '../../../domain/run.ts';
import { listCheckpoints } from '../../../store/checkpoints.ts';
import { getRun } from '../../../store/runs.ts';
import { listTasks } from '../../../store/tasks.ts';
import { startPolling } from '../../polling.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { isLeased } from '../stop/stop-tasks.ts';
import { takeCheckpoint } from './take-checkpoint.ts';

/** Milliseconds between two checks for a due checkpoint. */
const POLL_INTERVAL_MS = 1_000;

/**
 * Takes the timed checkpoints of a run until disposed. The first task with a worker takes them for all tasks; reading
 * the tasks' positions blocks none of them.
 */
export function startCheckpointTimer(platform: FlowPlatform, run: Run, plan: Plan, task: Task): AsyncDisposable {
  const { everySeconds } = plan.flow.checkpoints;
  if (everySeconds === null) return { async [Symbol.asyncDispose]() {} };
  let dueAt: number | undefined;

  const takeIfDue = async (): Promise<void> => {
    if (dueAt !== undefined && platform.now() < dueAt) return;
    dueAt = platform.now() + everySeconds * 1_000;
    const [newest] = await listCheckpoints(platform.db, run, 1);
    const since = Date.parse(newest?.startedAt ?? run.startedAt ?? run.createdAt);
    if (platform.now() - since < everySeconds * 1_000) {
      dueAt = since + everySeconds * 1_000;
      return;
    }
    const tasks = await listTasks(platform.db, run, run.flow?.plan?.tasks ?? 0);
    const first = tasks.find(
      (one) => one.state === 'active' && /* guard: checkpoint.idle-task */ isLeased(one, platform.now()),
    );
    if (first?.index !== task.index) return;
    const current = await getRun(platform.db, run);
    if (current && !isTerminal(current.state)) await takeCheckpoint(platform, current, 'timer');
  };

  return startPolling(POLL_INTERVAL_MS, () =>
    takeIfDue().catch((error: unknown) => {
      platform.log.warn('checkpoint.timer_failed', { run: run.ulid, error: String(error) });
    }),
  );
}
