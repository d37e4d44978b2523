import * as z from 'zod';
import { documented, fields, oneOf, orDefault, time } from '../http/shapes.ts';
import { RUN_STATUSES, type RunStatus } from './run-status.ts';
import { limit } from './runs-query.ts';
import { jobId } from './selection.ts';

/** Statuses that runs have; a skipped tick is no run. */
const EXECUTED = RUN_STATUSES.filter((status) => status !== 'skipped');
const TRIGGERS = ['schedule', 'manual', 'restart'] as const;

const isExecuted = (name: string): name is RunStatus => (EXECUTED as readonly string[]).includes(name);

const status = documented(
  z.string().refine((value) => value.split(',').every(isExecuted), {
    error: ({ input }) => {
      const be = `must be ${EXECUTED.join(', ')}, or several of them separated by commas, got '${String(input)}'`;
      return String(input).includes('skipped') ? `${be}; skipped ticks are told by GET /jobs/{id}/runs` : be;
    },
  }),
  { description: `${EXECUTED.join(', ')}, or several of them separated by commas.` },
).transform((value): readonly RunStatus[] => EXECUTED.filter((name) => value.split(',').includes(name)));

const FIRST_TIME = '0000-01-01T00:00:00.000Z';
const LAST_TIME = '9999-12-31T23:59:59.999Z';

const when = {
  since: orDefault(time(), FIRST_TIME),
  until: orDefault(time(), LAST_TIME),
};

/** What `GET /runs` may be asked for. */
export const tenantRunsQuery = fields(
  {
    limit,
    job_id: orDefault(jobId, null),
    status: orDefault(status, EXECUTED),
    trigger: orDefault(oneOf(TRIGGERS), null),
    ...when,
    cursor: orDefault(documented(z.string(), { description: 'The `next_cursor` of a page.' }), null),
  },
  'query parameter',
);
export type TenantRunsQuery = z.output<typeof tenantRunsQuery>;

const isSlot = (value: string): boolean => /^\d{2,5}$/.test(value) && Number(value) >= 60 && Number(value) <= 86_400;

const seconds = documented(
  z.string().refine(isSlot, {
    error: ({ input }) => `must be a whole number of seconds, 60–86400, got '${String(input)}'`,
  }),
  { type: 'integer', minimum: 60, maximum: 86_400 },
).transform(Number);

/** What `GET /runs/activity` may be asked for. */
export const activityQuery = fields(
  {
    job_id: orDefault(jobId, null),
    trigger: orDefault(oneOf(TRIGGERS), null),
    since: orDefault(time(), null),
    until: orDefault(time(), null),
    slot_seconds: orDefault(seconds, 60),
  },
  'query parameter',
);
