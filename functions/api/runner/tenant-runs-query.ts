import * as z from 'zod';
import { inputObject, oneOf, orDefault, time, withKeywords } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { searchQuery, TRIGGERS } from './run-filter.ts';
import { jobId } from './run-selection.ts';
import { RUN_STATUSES, type RunStatus } from './run-status.ts';
import { limit, tag } from './runs-query.ts';

/** Skipped ticks are not runs. */
const RUN_STATUSES_WITHOUT_SKIPPED = RUN_STATUSES.filter((status) => status !== 'skipped');

const isRunStatus = (name: string): name is RunStatus =>
  (RUN_STATUSES_WITHOUT_SKIPPED as readonly string[]).includes(name);

const status = () =>
  withKeywords(
    z.string().refine((value) => value.split(',').every(isRunStatus), {
      error: ({ input }) => {
        const be = `must be ${RUN_STATUSES_WITHOUT_SKIPPED.join(', ')}, or several of them separated by commas, got '${String(input)}'`;
        return String(input).includes('skipped') ? `${be}; GET /jobs/{id}/runs lists skipped ticks` : be;
      },
    }),
    { description: `${RUN_STATUSES_WITHOUT_SKIPPED.join(', ')}, or several of them separated by commas.` },
  ).transform((value): readonly RunStatus[] =>
    RUN_STATUSES_WITHOUT_SKIPPED.filter((name) => value.split(',').includes(name)),
  );

const FIRST_TIME = '0000-01-01T00:00:00.000Z';
const LAST_TIME = '9999-12-31T23:59:59.999Z';

const timeRange = () => ({
  since: orDefault(time(), FIRST_TIME),
  until: orDefault(time(), LAST_TIME),
});

/** Query of `GET /runs`. */
export const tenantRunsQuery = lazy(() =>
  inputObject(
    {
      limit: limit(),
      job_id: orDefault(jobId(), null),
      status: orDefault(status(), RUN_STATUSES_WITHOUT_SKIPPED),
      trigger: orDefault(oneOf(TRIGGERS), null),
      tag: orDefault(tag(), []),
      ...searchQuery(),
      ...timeRange(),
      cursor: orDefault(withKeywords(z.string(), { description: 'The `next_cursor` of a page.' }), null),
    },
    'query parameter',
  ),
);
export type TenantRunsQuery = z.output<ReturnType<typeof tenantRunsQuery>>;

const isSlotSeconds = (value: string): boolean =>
  /^\d{2,5}$/.test(value) && Number(value) >= 60 && Number(value) <= 86_400;

const slotSeconds = () =>
  withKeywords(
    z.string().refine(isSlotSeconds, {
      error: ({ input }) => `must be a whole number of seconds, 60–86400, got '${String(input)}'`,
    }),
    { type: 'integer', minimum: 60, maximum: 86_400 },
  ).transform(Number);

/** Query of `GET /runs/activity`. */
export const activityQuery = lazy(() =>
  inputObject(
    {
      job_id: orDefault(jobId(), null),
      trigger: orDefault(oneOf(TRIGGERS), null),
      since: orDefault(time(), null),
      until: orDefault(time(), null),
      slot_seconds: orDefault(slotSeconds(), 60),
    },
    'query parameter',
  ),
);
