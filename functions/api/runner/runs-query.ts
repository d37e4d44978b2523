import * as z from 'zod';
import { documented, fields, matching, orDefault } from '../http/shapes.ts';
import { RUN_STATUSES, type RunStatus } from './run-status.ts';
import { OUTPUT_PLACE, parsePlace } from './whole-output.ts';

const DEFAULT_LIMIT = 50;
const MOST = 1_000;

/** Rows of one answer. */
const rows = documented(
  z.string().refine((value) => /^\d{1,9}$/.test(value) && Number(value) >= 1 && Number(value) <= MOST, {
    error: ({ input }) => `must be 1–${MOST}, got '${String(input)}'`,
  }),
  { type: 'integer', minimum: 1, maximum: MOST },
).transform(Number);

export const limit = orDefault(rows, DEFAULT_LIMIT);

const isStatus = (name: string): name is RunStatus => (RUN_STATUSES as readonly string[]).includes(name);

/** One status or several, separated by commas. */
const status = documented(
  z.string().refine((value) => value.split(',').every(isStatus), {
    error: ({ input }) =>
      `must be ${RUN_STATUSES.join(', ')}, or several of them separated by commas, got '${String(input)}'`,
  }),
  { description: `${RUN_STATUSES.join(', ')}, or several of them separated by commas.` },
).transform((value) => [...new Set(value.split(',').filter(isStatus))]);

/** What `GET /jobs/:id/runs` may be asked for. */
export const runsQuery = fields(
  {
    limit,
    status: orDefault(status, RUN_STATUSES),
    before: orDefault(documented(z.string(), { description: 'The run_id of a run, or an ISO 8601 time.' }), null),
  },
  'query parameter',
);

/** What `GET /jobs/:id/runs/:run` may be asked for. */
export const runQuery = fields(
  {
    output_after: orDefault(
      matching(OUTPUT_PLACE, 'the `output_next` of an earlier answer').transform(parsePlace),
      null,
    ),
  },
  'query parameter',
);
