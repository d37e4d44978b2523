import { InvalidInput } from '../../core/domain/errors.ts';
import type { RunState } from '../../core/domain/run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listRunActivity, type RunActivity } from '../../core/store/run-activity.ts';
import { requireJob } from '../definition/find-job.ts';
import { operation } from '../http/operation.ts';
import { createRunReadCounter, READ_BUDGET } from './read-budget.ts';
import { activityQuery } from './tenant-runs-query.ts';

const HOUR_MS = 3_600_000;
/** Maximum slots in one response. */
const MAX_SLOTS = 500;

/** Runs created in one time slot, counted by their current status. */
export interface SlotView {
  /** Start of the slot. */
  readonly start: string;
  readonly pending: number;
  readonly running: number;
  readonly ok: number;
  /** Includes timeouts. */
  readonly failed: number;
  readonly canceled: number;
}
type Count = Exclude<keyof SlotView, 'start'>;

const COUNT_BY_STATE: Readonly<Record<RunState, Count>> = {
  queued: 'pending',
  running: 'running',
  stopping: 'running',
  completed: 'ok',
  failed: 'failed',
  canceled: 'canceled',
};

/** Counts runs by creation time and current status: all slots of the time range, oldest first. */
export const getActivity = (platform: Pick<Platform, 'db' | 'now'>, budget = READ_BUDGET) =>
  operation({
    query: activityQuery,
    async handle({ caller: { tenant }, query: { job_id, trigger, slot_seconds, ...query }, remainingMs }) {
      const until = query.until === null ? platform.now() : Date.parse(query.until);
      const since = query.since === null ? until - HOUR_MS : Date.parse(query.since);
      const slotMs = slot_seconds * 1_000;
      if (since > until) throw new InvalidInput('until', `must not be before since, ${query.since}`);
      const first = Math.floor(since / slotMs) * slotMs;
      const slots = Math.floor((until - first) / slotMs) + 1;
      if (slots > MAX_SLOTS) {
        const least = `at least ${Math.ceil((until - since) / MAX_SLOTS / 1_000)}`;
        throw new InvalidInput(
          'slot_seconds',
          `must be ${least} for this time, got ${slot_seconds}: at most ${MAX_SLOTS} slots`,
        );
      }
      if (job_id) await requireJob(platform.db, tenant, job_id);
      const range = { from: new Date(first).toISOString(), through: new Date(until).toISOString() };
      const spend = createRunReadCounter(budget, remainingMs, 'there are too many runs to count');
      const marks = await listRunActivity(platform.db, tenant, range, { jobId: job_id, trigger }, spend);
      return { status: 200, body: { slot_seconds, slots: slotsOf(marks, first, slots, slotMs) } };
    },
  });

function slotsOf(marks: readonly RunActivity[], first: number, count: number, slotMs: number): readonly SlotView[] {
  const slots = Array.from({ length: count }, (_, i) => ({
    start: new Date(first + i * slotMs).toISOString(),
    pending: 0,
    running: 0,
    ok: 0,
    failed: 0,
    canceled: 0,
  }));
  for (const { createdAt, state } of marks) {
    const slot = slots[Math.floor((Date.parse(createdAt) - first) / slotMs)];
    if (slot) slot[COUNT_BY_STATE[state]] += 1;
  }
  return slots;
}
