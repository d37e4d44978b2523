import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { addPause, endPause, findPause } from '../../core/domain/pause.ts';
import { DAY_MS } from '../../core/domain/timing.ts';
import { changePauses } from '../../core/engine/start/pause-job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { inputObject, orDefault, time } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, timestamp } from '../openapi/common-schemas.ts';
import { jobParameter } from './jobs.ts';

const MAX_PAUSE_DAYS = 366;

const pausedJob = lazy(() =>
  namedSchema(
    'RunnerPausedJob',
    z.object({
      ok: z.literal(true),
      paused: z.boolean(),
      paused_until: timestamp().nullable().describe('End of the pause; `null` until the job is resumed.'),
    }),
  ),
);
/** The job after it was paused or resumed. */
export type PausedJobView = ViewOf<typeof pausedJob>;

export const pauseRoutes = [
  route({
    method: 'POST',
    path: '/jobs/{id}/pause',
    operation: 'pauseJob',
    action: 'operate',
    body: () => inputObject({ until: orDefault(time(), null) }),
    openapi: () => ({
      summary: 'Pause the schedule of a job',
      description:
        'The schedule has no ticks from now until `until`, or until the job is resumed: they have no row and are not ' +
        'missed. Active runs continue, and runs on demand start. Pausing a paused job changes the end of the pause.',
      pathParameters: jobParameter(),
      bodyExample: { until: '2026-12-27T00:00:00Z' },
      errors: [404, 409],
    }),
    responses: () => ({ 200: { description: 'The job is paused.', body: pausedJob() } }),
    async handle({ caller: { tenant }, params: { id }, body: { until } }, platform: Platform) {
      const now = new Date(platform.now()).toISOString();
      if (until !== null) assertUntil(until, now);
      const job = await requireJob(platform.db, tenant, id);
      await changePauses(platform, job, (pauses) => addPause(pauses, now, until));
      return { status: 200, body: { ok: true as const, paused: true, paused_until: until } };
    },
  }),
  route({
    method: 'POST',
    path: '/jobs/{id}/resume',
    operation: 'resumeJob',
    action: 'operate',
    openapi: () => ({
      summary: 'Resume the schedule of a job',
      description: 'Ends the pause of the job. Has no effect on a job that is not paused.',
      pathParameters: jobParameter(),
      errors: [404, 409],
    }),
    responses: () => ({ 200: { description: 'The job is not paused.', body: pausedJob() } }),
    async handle({ caller: { tenant }, params: { id } }, platform: Platform) {
      const now = new Date(platform.now()).toISOString();
      const job = await requireJob(platform.db, tenant, id);
      await changePauses(platform, job, (pauses) => (findPause(pauses, now) ? endPause(pauses, now) : pauses));
      return { status: 200, body: { ok: true as const, paused: false, paused_until: null } };
    },
  }),
];

/** @throws InvalidInput */
function assertUntil(until: string, now: string): void {
  if (until <= now) throw new InvalidInput('until', `must be after the current time (${now}), got ${until}`);
  const latest = new Date(Date.parse(now) + MAX_PAUSE_DAYS * DAY_MS).toISOString();
  if (until > latest) throw new InvalidInput('until', `must be at most ${MAX_PAUSE_DAYS} days ahead, got ${until}`);
}
