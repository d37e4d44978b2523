import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { RunState } from '../../core/domain/run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listRunActivity, type RunActivity } from '../../core/store/run-activity.ts';
import { requireJob } from '../definition/find-job.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';
import { createRunReadCounter, DEFAULT_READ_BUDGET, type OptionalReadBudget } from './read-budget.ts';
import { activityQuery } from './tenant-runs-query.ts';

const HOUR_MS = 3_600_000;
/** Maximum slots in one response. */
const MAX_SLOTS = 500;

const slot = lazy(() =>
  namedSchema(
    'RunnerSlot',
    z.object({
      start: timestamp(),
      pending: nonNegativeInteger(),
      running: nonNegativeInteger(),
      ok: nonNegativeInteger(),
      failed: nonNegativeInteger().describe('Includes timeouts.'),
      canceled: nonNegativeInteger(),
    }),
  ),
);
/** Runs created in one time slot, counted by their current status. */
export type SlotView = ViewOf<typeof slot>;
type Count = Exclude<keyof SlotView, 'start'>;

const COUNT_BY_STATE: Readonly<Record<RunState, Count>> = {
  queued: 'pending',
  running: 'running',
  stopping: 'running',
  completed: 'ok',
  failed: 'failed',
  canceled: 'canceled',
};

export const getActivity = route({
  method: 'GET',
  path: '/runs/activity',
  operation: 'getActivity',
  action: 'read',
  query: activityQuery,
  openapi: () => ({
    summary: 'Count runs over time',
    description:
      'Counts runs by creation time and current status. The default range is the last hour; a range has at most 500 ' +
      'slots.',
    errors: [404],
  }),
  responses: () => ({
    200: {
      description: 'All slots of the range, oldest first.',
      body: z.object({ slot_seconds: z.int().min(60), slots: z.array(slot()) }),
    },
  }),
  async handle(
    { caller: { tenant }, query: { job_id, trigger, slot_seconds, ...query }, remainingMs },
    { db, now, readBudget = DEFAULT_READ_BUDGET }: Pick<Platform, 'db' | 'now'> & OptionalReadBudget,
  ) {
    const until = query.until === null ? now() : Date.parse(query.until);
    const since = query.since === null ? until - HOUR_MS : Date.parse(query.since);
    const slotMs = slot_seconds * 1_000;
    if (since > until) throw new InvalidInput('until', `must not be before since, ${query.since}`);
    const first = Math.floor(since / slotMs) * slotMs;
    const count = Math.floor((until - first) / slotMs) + 1;
    if (count > MAX_SLOTS) {
      const least = `at least ${Math.ceil((until - since) / MAX_SLOTS / 1_000)}`;
      throw new InvalidInput(
        'slot_seconds',
        `must be ${least} for this time, got ${slot_seconds}: at most ${MAX_SLOTS} slots`,
      );
    }
    if (job_id) await requireJob(db, tenant, job_id);
    const range = { from: new Date(first).toISOString(), through: new Date(until).toISOString() };
    const countReads = createRunReadCounter(readBudget, remainingMs, 'there are too many runs to count');
    const runs = await listRunActivity(db, tenant, range, { jobId: job_id, trigger }, countReads);
    return { status: 200, body: { slot_seconds, slots: countBySlot(runs, first, count, slotMs) } };
  },
});

function countBySlot(runs: readonly RunActivity[], first: number, count: number, slotMs: number): readonly SlotView[] {
  const slots = Array.from({ length: count }, (_, i) => ({
    start: new Date(first + i * slotMs).toISOString(),
    pending: 0,
    running: 0,
    ok: 0,
    failed: 0,
    canceled: 0,
  }));
  for (const { createdAt, state } of runs) {
    const slot = slots[Math.floor((Date.parse(createdAt) - first) / slotMs)];
    if (slot) slot[COUNT_BY_STATE[state]] += 1;
  }
  return slots;
}
