import { isExternalRun, isLookOverdue } from '../../domain/external-execution.ts';
import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { markLook } from '../../store/external-executions.ts';
import { repairEach } from './part-runner.ts';
import { LOOKS_LIMIT } from './sweep-limits.ts';

/**
 * Asks workers to read the states of executions whose ends no event has reported. The longest unread ones come first; the
 * next sweep continues.
 */
export async function sweepExternal(platform: Platform, runs: readonly Run[], hasTime: HasTime): Promise<void> {
  const now = platform.now();
  const overdue = runs.filter(
    (run) => isExternalRun(run) && !run.lease && run.state !== 'queued' && isLookOverdue(run, now),
  );
  const readAt = ({ sentAt, createdAt }: Run) => Date.parse(sentAt ?? createdAt);
  const chosen = overdue.sort((a, b) => readAt(a) - readAt(b)).slice(0, LOOKS_LIMIT);
  await repairEach(chosen, hasTime, async (run) => {
    const marked = await markLook(platform.db, run, new Date(now).toISOString());
    if (marked.ok) await platform.queues.sendRun(run);
  });
}
