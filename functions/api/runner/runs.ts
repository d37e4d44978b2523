import * as z from 'zod';
import { mayHaveStoredAttempts } from '../../core/domain/attempt.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { isTerminal, type Run } from '../../core/domain/run.ts';
import { encodeUlidTime, parseRunId } from '../../core/domain/run-id.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listAttempts } from '../../core/store/attempts.ts';
import { jobRefOf } from '../../core/store/keys.ts';
import { getRunInput } from '../../core/store/run-inputs.ts';
import { listHistory } from '../../core/store/run-lists.ts';
import { requireJob } from '../definition/find-job.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, pathParameter } from '../openapi/common-schemas.ts';
import { attempt, toAttemptViews } from './attempts-view.ts';
import { requireRun } from './find-run.ts';
import { jobParameter } from './jobs.ts';
import { formatOutputPosition, type OutputPosition } from './output-position.ts';
import { toOutputTails } from './output-tail.ts';
import { readRunOutput } from './run-output.ts';
import { RUN_STATUSES, runStatus, STATES_BY_STATUS } from './run-status.ts';
import { run, runFields, toRunView } from './run-view.ts';
import { runQuery, runsQuery } from './runs-query.ts';
import { truncateOutputsToFit } from './truncate-output.ts';

export const runParameter = () => ({
  ...jobParameter(),
  ...pathParameter('run', 'The `run_id` of the run.', 'hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1'),
});

const runWithOutput = lazy(() =>
  namedSchema(
    'RunnerRunWithOutput',
    z.object({
      ...runFields(),
      attempts: z.array(attempt()).describe('All attempts, oldest first.'),
      output_after: z
        .string()
        .nullable()
        .optional()
        .describe('The position at which `stdout` and `stderr` start; `null` if they are complete.'),
      output_next: z
        .string()
        .optional()
        .describe('The position after the output: the value of the query parameter `output_after` for later output.'),
    }),
  ),
);
/** A run with its attempts and stored output. Skipped ticks have no output positions. */
export type RunWithOutputView = ViewOf<typeof runWithOutput>;

export const listRuns = route({
  method: 'GET',
  path: '/jobs/{id}/runs',
  operation: 'listRuns',
  action: 'read',
  polled: true,
  query: runsQuery,
  repeatable: ['tag'],
  openapi: () => ({
    summary: 'List the runs of a job',
    description: 'Returns runs and skipped ticks, newest first.',
    pathParameters: jobParameter(),
    errors: [404],
  }),
  responses: () => ({
    200: {
      description: 'A page of runs. A page with fewer than `limit` runs is the last one.',
      body: z.object({ runs: z.array(run()) }),
    },
  }),
  async handle(
    { caller: { tenant }, params: { id }, query: { limit, status, tag, before } },
    { db, now }: Pick<Platform, 'db' | 'now'>,
  ) {
    const job = await requireJob(db, tenant, id);
    const rows = await listHistory(db, jobRefOf(job), {
      limit,
      now: now(),
      ...((status.length < RUN_STATUSES.length || tag.length > 0) && {
        states: status
          .flatMap((name) => STATES_BY_STATUS[name])
          .filter((state) => tag.length === 0 || state !== 'skipped'),
        field: tag.length > 0 ? 'tag' : 'status',
        matches: (run: Run) => status.includes(runStatus(run)) && tag.every((name) => run.tags.includes(name)),
      }),
      ...(before !== null && { before: parsePagePosition(job, before) }),
    });
    return {
      status: 200,
      body: {
        runs: truncateOutputsToFit(
          rows.map((row) => toRunView(row)),
          MAX_RESPONSE_BYTES,
        ),
      },
    };
  },
});

/**
 * Parses `before` to a position in the job's history.
 *
 * @throws InvalidInput
 */
function parsePagePosition(job: Job, before: string): string {
  const time = Date.parse(before);
  if (/^\d{4}-\d\d-\d\dT/.test(before) && !Number.isNaN(time)) return encodeUlidTime(Math.max(0, time));
  const ref = parseRunId(job.tenant, before);
  if (ref?.jobId === job.id && ref.incarnation === job.incarnation) return ref.ulid;
  throw new InvalidInput('before', `must be the run_id of a run of this job or an ISO 8601 time, got '${before}'`);
}

export const getRun = route({
  method: 'GET',
  path: '/jobs/{id}/runs/{run}',
  operation: 'getRun',
  action: 'read',
  query: runQuery,
  openapi: () => ({
    summary: 'Get a run',
    description:
      'Returns the run with its complete output; for an active run, the output so far. With `output_after`, returns ' +
      'only the output after that position. If `output_after` is `null` in the response, another attempt has started ' +
      'and its output is returned from the start.',
    pathParameters: runParameter(),
    errors: [404],
  }),
  responses: () => ({ 200: { description: 'The run.', body: z.object({ run: runWithOutput() }) } }),
  async handle({ caller: { tenant }, params, query: { output_after } }, platform: Pick<Platform, 'db' | 'now'>) {
    const row = await requireRun(platform, tenant, params.id, params.run);
    const view: RunWithOutputView =
      row.state === 'skipped'
        ? { ...toRunView(row), attempts: [] }
        : await readRunWithOutput(platform, row, output_after);
    const [truncated = view] = truncateOutputsToFit([view], MAX_RESPONSE_BYTES);
    return { status: 200, body: { run: truncated } };
  },
});

async function readRunWithOutput(
  platform: Pick<Platform, 'db'>,
  run: Run,
  position: OutputPosition | null,
): Promise<RunWithOutputView> {
  const [{ stdout, stderr, after, next }, stored, input] = await Promise.all([
    readRunOutput(platform, run, position),
    mayHaveStoredAttempts(run) ? listAttempts(platform.db, run) : [],
    getRunInput(platform.db, run),
  ]);
  // The row of an active run has no output yet, so the tails are those of the live output.
  const tails = isTerminal(run.state) ? {} : toOutputTails(stdout, stderr);
  return {
    ...toRunView(run, input),
    stdout,
    stderr,
    ...tails,
    output_truncated: false,
    output_after: after && formatOutputPosition(after),
    output_next: formatOutputPosition(next),
    attempts: toAttemptViews(run, stored),
  };
}
