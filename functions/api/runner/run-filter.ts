import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { MAX_SEARCH_LENGTH, type RunSearch, toSearchWords } from '../../core/domain/run-search.ts';
import { integer, listOf, oneOf, orDefault, queryInteger, text, time, withKeywords } from '../http/input-schemas.ts';
import { jobId } from './run-selection.ts';

/** Triggers by which runs are selected. */
export const TRIGGERS = ['schedule', 'manual', 'restart', 'after'] as const;

/** Limits of filters, far above the longest run and the most attempts of a job. */
const MAX_SECONDS = 100_000_000;
const MAX_ATTEMPTS = 1_000;
/** Maximum number of tags of a filter: a run has no more. */
const MAX_TAGS = 20;

const DESCRIPTIONS = {
  q:
    'Words that must all occur in the name or id of the job, the failure message, the tags, or the fields of the payload ' +
    'that the job names as `searchable`, or be the start or the last part of the run id. Upper and lower case are equal.',
  min_duration_s: 'Minimum duration in seconds; that of an active run is the time since its start.',
  max_duration_s: 'Maximum duration in seconds.',
  min_attempts: 'Minimum number of the current or last attempt.',
};

const search = () => withKeywords(text(MAX_SEARCH_LENGTH), { description: DESCRIPTIONS.q });

type DurationField = 'min_duration_s' | 'max_duration_s';

const SECONDS_RULE = `must be a number of seconds, 0–${MAX_SECONDS}`;

/** Seconds with at most 3 decimals, as a query parameter. */
const seconds = (name: DurationField) =>
  withKeywords(
    z.string().refine((value) => /^\d{1,9}(\.\d{1,3})?$/.test(value) && Number(value) <= MAX_SECONDS, {
      error: ({ input }) => `${SECONDS_RULE}, got '${String(input)}'`,
    }),
    { type: 'number', minimum: 0, maximum: MAX_SECONDS, description: DESCRIPTIONS[name] },
  ).transform(Number);

/** Query parameters that search runs. */
export const searchQuery = () => ({
  q: orDefault(search(), null),
  min_duration_s: orDefault(seconds('min_duration_s'), null),
  max_duration_s: orDefault(seconds('max_duration_s'), null),
  min_attempts: withKeywords(orDefault(queryInteger(1, MAX_ATTEMPTS), null), {
    description: DESCRIPTIONS.min_attempts,
  }),
});

const secondsField = (name: DurationField) => {
  const error = ({ input }: { readonly input?: unknown }) => `${SECONDS_RULE}, got ${JSON.stringify(input)}`;
  const schema = z.number({ error }).min(0, { error }).max(MAX_SECONDS, { error });
  return withKeywords(schema, { description: DESCRIPTIONS[name] });
};

/**
 * Fields of a body that select runs.
 *
 * @param statuses the statuses that runs of the request can have
 */
export const runFilterFields = <const Status extends string>(statuses: readonly [Status, ...Status[]]) => ({
  q: orDefault(search(), null),
  job_id: orDefault(jobId(), null),
  status: orDefault(listOf(oneOf(statuses), statuses.length, 1), null),
  trigger: orDefault(oneOf(TRIGGERS), null),
  tags: withKeywords(orDefault(listOf(text(64), MAX_TAGS), null), { description: 'A run must have all of the tags.' }),
  since: withKeywords(orDefault(time(), null), { description: 'Runs created at or after this time.' }),
  until: withKeywords(orDefault(time(), null), { description: 'Runs created at or before this time.' }),
  min_duration_s: orDefault(secondsField('min_duration_s'), null),
  max_duration_s: orDefault(secondsField('max_duration_s'), null),
  min_attempts: withKeywords(orDefault(integer(1, MAX_ATTEMPTS), null), { description: DESCRIPTIONS.min_attempts }),
});

export interface SearchFields {
  readonly q: string | null;
  readonly min_duration_s: number | null;
  readonly max_duration_s: number | null;
  readonly min_attempts: number | null;
}

/**
 * Converts the fields of a request to a search.
 *
 * @throws InvalidInput if the durations exclude each other
 */
export function toRunSearch({ q, min_duration_s: min, max_duration_s: max, min_attempts }: SearchFields): RunSearch {
  if (min !== null && max !== null && min > max) {
    throw new InvalidInput('max_duration_s', `must be at least min_duration_s (${min}), got ${max}`);
  }
  return {
    words: q === null ? [] : toSearchWords(q),
    minDurationMs: min === null ? null : min * 1_000,
    maxDurationMs: max === null ? null : max * 1_000,
    minAttempts: min_attempts,
  };
}
