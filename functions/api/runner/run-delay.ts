import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { MAX_DELAY_DAYS, type RunDelay, resolveDelay } from '../../core/domain/run-delay.ts';
import { moveRun } from '../../core/engine/start/delay-run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { inputObject, integer, orDefault, time, withKeywords } from '../http/input-schemas.ts';
import { lazy, route } from '../http/route.ts';
import { requireRun, runNotFoundError } from './find-run.ts';
import { run, toRunView } from './run-view.ts';
import { runParameter } from './runs.ts';

/** The fields of a request that set the start of a run. */
export const runDelayFields = lazy(() => ({
  run_at: withKeywords(orDefault(time(), null), {
    description:
      'When the run starts, at most 365 days ahead, instead of at once. A time that has passed starts the run at once.',
  }),
  delay_s: withKeywords(orDefault(integer(0, MAX_DELAY_DAYS * 86_400), null), {
    description: 'Seconds until the run starts. Excludes `run_at`.',
  }),
}));

const runDelayBody = lazy(() => inputObject(runDelayFields()));
export type RunDelayBody = z.output<ReturnType<typeof runDelayBody>>;

/**
 * Converts the fields of a request.
 *
 * @returns `null` for a request without a delay
 * @throws InvalidInput
 */
export function toRunDelay({ run_at, delay_s }: RunDelayBody): RunDelay | null {
  if (run_at !== null && delay_s !== null) throw new InvalidInput('delay_s', 'must be absent: run_at is given');
  if (run_at !== null) return { runAt: run_at };
  return delay_s === null ? null : { seconds: delay_s };
}

export const moveDelayedRun = route({
  method: 'PATCH',
  path: '/jobs/{id}/runs/{run}',
  operation: 'moveRun',
  action: 'operate',
  body: runDelayBody,
  openapi: () => ({
    summary: 'Change the start of a delayed run',
    description: 'Sets another time. A time that has passed starts the run at once.',
    pathParameters: runParameter(),
    bodyExample: { run_at: '2026-12-24T18:00:00Z' },
    errors: [404, 409],
  }),
  responses: () => ({ 200: { description: 'The run with its new start.', body: z.object({ run: run() }) } }),
  async handle({ caller: { tenant }, params, body }, platform: Platform) {
    const row = await requireRun(platform, tenant, params.id, params.run);
    const delay = toRunDelay(body);
    if (delay === null) throw new InvalidInput('run_at', 'is required, or delay_s');
    if (row.state === 'skipped') throw notDelayedError('skipped');
    const now = platform.now();
    const moved = await moveRun(platform, row, resolveDelay(delay, now) ?? new Date(now).toISOString());
    if (!moved.run) throw runNotFoundError();
    if (!moved.ok) throw notDelayedError(moved.run.state);
    return { status: 200, body: { run: toRunView(moved.run) } };
  },
});

const notDelayedError = (state: string) =>
  new JobdeckError('conflict', 'run.not_delayed', `Cannot move ${state} run: it does not wait for its start`);
