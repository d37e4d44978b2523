import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import type { RunState } from '../../core/domain/run.ts';
import { ACTIVE_STATES, TERMINAL_STATES } from '../../core/domain/run.ts';
import { inputObject, matchingText, oneOf, orDefault, queryFlag } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { isRunningDesired, JOB_STATES, type JobState, RUN_STATE_BY_JOB_STATE } from './job-state.ts';
import { limit, offset } from './query-parameters.ts';

export const SORT_FIELDS = ['created_at', 'start_time', 'finish_time', 'run_id', 'state'] as const;
export type SortField = (typeof SORT_FIELDS)[number];

export interface Sort {
  readonly field: SortField;
  readonly descending: boolean;
}

const NEWEST_FIRST: Sort = { field: 'created_at', descending: true };

/** Filters of a list of jobs; `null` matches any job. */
export interface JobFilter {
  readonly pipelineId: string | null;
  readonly state: JobState | null;
  /** Run states that a matching job may have, in the order of a run's life. */
  readonly runStates: readonly RunState[];
}

export interface JobsQuery {
  readonly filter: JobFilter;
  readonly limit: number;
  readonly offset: number;
  readonly sort: Sort;
}

const SORT = new RegExp(`^(-?)(${SORT_FIELDS.join('|')})(?::(asc|desc))?$`);
const sort = () =>
  matchingText(
    // A minus sign and a direction may contradict each other, so only one is accepted.
    new RegExp(`^(-?(${SORT_FIELDS.join('|')})|(${SORT_FIELDS.join('|')}):(asc|desc))$`),
    `one of ${SORT_FIELDS.join(', ')}, with "-" before it or ":asc" or ":desc" after it`,
  ).transform((text): Sort => {
    const [, minus, field, direction] = SORT.exec(text) ?? [];
    return { field: field as SortField, descending: minus === '-' || direction === 'desc' };
  });

const commonParameters = () => ({
  state: oneOf(JOB_STATES).optional(),
  running: queryFlag().optional(),
  limit: limit(100, 20),
  offset: offset(),
  sort: orDefault(sort(), NEWEST_FIRST),
});

/** Query of `GET /api/v1/jobs`. */
export const jobsQuery = lazy(() =>
  inputObject(
    { pipeline_id: matchingText(JOB_ID, JOB_ID_RULE).optional(), ...commonParameters() },
    'query parameter',
  ).transform(({ pipeline_id, ...rest }) => toJobsQuery(rest, pipeline_id ?? null)),
);

/** Query of `GET /api/v1/pipelines/{pipeline_id}/jobs`; the pipeline is in the path. */
export const pipelineJobsQuery = lazy(() =>
  inputObject(commonParameters(), 'query parameter').transform((given) => toJobsQuery(given, null)),
);

interface ParsedParameters {
  readonly state?: JobState | undefined;
  readonly running?: boolean | undefined;
  readonly limit: number;
  readonly offset: number;
  readonly sort: Sort;
}

function toJobsQuery({ state, running, ...rest }: ParsedParameters, pipelineId: string | null): JobsQuery {
  const runStates = [...ACTIVE_STATES, ...TERMINAL_STATES].filter(
    (runState) =>
      (state === undefined || RUN_STATE_BY_JOB_STATE[state] === runState) &&
      (running === undefined || isRunningDesired(runState) === running),
  );
  return { filter: { pipelineId, state: state ?? null, runStates }, ...rest };
}
