import * as z from 'zod';
import { inputObject, listOf, matchingText, orDefault, withKeywords } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { OUTPUT_POSITION, parseOutputPosition } from './output-position.ts';
import { RUN_STATUSES, type RunStatus } from './run-status.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

const limitParameter = () =>
  withKeywords(
    z.string().refine((value) => /^\d{1,9}$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_LIMIT, {
      error: ({ input }) => `must be 1–${MAX_LIMIT}, got '${String(input)}'`,
    }),
    { type: 'integer', minimum: 1, maximum: MAX_LIMIT },
  ).transform(Number);

export const limit = () => orDefault(limitParameter(), DEFAULT_LIMIT);

const isStatus = (name: string): name is RunStatus => (RUN_STATUSES as readonly string[]).includes(name);

/** One status, or several separated by commas. */
const status = () =>
  withKeywords(
    z.string().refine((value) => value.split(',').every(isStatus), {
      error: ({ input }) =>
        `must be ${RUN_STATUSES.join(', ')}, or several of them separated by commas, got '${String(input)}'`,
    }),
    { description: `${RUN_STATUSES.join(', ')}, or several of them separated by commas.` },
  ).transform((value) => [...new Set(value.split(',').filter(isStatus))]);

/** Maximum number of tags of a query: a run has no more. */
const MAX_TAGS = 20;

/** Tags of a trigger. */
export const tag = () =>
  withKeywords(listOf(z.string(), MAX_TAGS), {
    description: 'A tag of the runs. May be repeated: a run must have all of the tags. Skipped ticks have no tags.',
  });

/** Query of `GET /jobs/{id}/runs`. */
export const runsQuery = lazy(() =>
  inputObject(
    {
      limit: limit(),
      status: orDefault(status(), RUN_STATUSES),
      tag: orDefault(tag(), []),
      before: orDefault(withKeywords(z.string(), { description: 'The run_id of a run, or an ISO 8601 time.' }), null),
    },
    'query parameter',
  ),
);

/** Query of `GET /jobs/{id}/runs/{run}`. */
export const runQuery = lazy(() =>
  inputObject(
    {
      output_after: orDefault(
        matchingText(OUTPUT_POSITION, 'the `output_next` of an earlier response').transform(parseOutputPosition),
        null,
      ),
    },
    'query parameter',
  ),
);
