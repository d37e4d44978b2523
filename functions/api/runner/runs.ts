import { mayHaveStoredAttempts } from '../../core/domain/attempt.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { isTerminal, type Run } from '../../core/domain/run.ts';
import { encodeUlidTime, parseRunId } from '../../core/domain/run-id.ts';
import { cancelAndWait } from '../../core/engine/finalize/cancel-run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listAttempts } from '../../core/store/attempts.ts';
import { listHistory } from '../../core/store/run-lists.ts';
import { requireJob } from '../definition/find-job.ts';
import { operation } from '../http/operation.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';
import { type AttemptView, toAttemptViews } from './attempts-view.ts';
import { requireRun, runNotFoundError } from './find-run.ts';
import { toOutputTails } from './output-tail.ts';
import { formatOutputPosition, type OutputPosition, readRunOutput } from './run-output.ts';
import { RUN_STATUSES, runStatus, STATES_BY_STATUS } from './run-status.ts';
import { type RunView, toRunView } from './run-view.ts';
import { runQuery, runsQuery } from './runs-query.ts';
import { truncateOutputsToFit } from './truncate-output.ts';

const jobRefOf = (job: Job) => ({ tenant: job.tenant, jobId: job.id, incarnation: job.incarnation });

export const listRuns = ({ db, now }: Platform) =>
  operation({
    query: runsQuery,
    async handle({ caller: { tenant }, params: { id = '' }, query: { limit, status, before } }) {
      const job = await requireJob(db, tenant, id);
      const rows = await listHistory(db, jobRefOf(job), {
        limit,
        now: now(),
        ...(status.length < RUN_STATUSES.length && {
          states: status.flatMap((name) => STATES_BY_STATUS[name]),
          matches: (run: Run) => status.includes(runStatus(run)),
        }),
        ...(before !== null && { before: parsePagePosition(job, before) }),
      });
      return { status: 200, body: { runs: truncateOutputsToFit(rows.map(toRunView), MAX_RESPONSE_BYTES) } };
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

export const getRun = (platform: Platform) =>
  operation({
    query: runQuery,
    async handle({ caller: { tenant }, params: { id = '', run = '' }, query: { output_after } }) {
      const row = await requireRun(platform, tenant, id, run);
      const whole =
        row.state === 'skipped'
          ? { ...toRunView(row), attempts: [] }
          : await readRunWithOutput(platform, row, output_after);
      return { status: 200, body: { run: truncateOutputsToFit([whole], MAX_RESPONSE_BYTES)[0] } };
    },
  });

export const cancelRun = (platform: Platform) =>
  operation({
    async handle({ caller, params: { id = '', run = '' } }) {
      const row = await requireRun(platform, caller.tenant, id, run);
      if (row.state === 'skipped') throw new JobdeckError('conflict', 'run.ended', 'Cannot cancel skipped run');
      const ended = await cancelAndWait(platform, row, caller.name);
      if (!ended) throw runNotFoundError();
      return { status: isTerminal(ended.state) ? 200 : 202, body: { ok: true, run: toRunView(ended) } };
    },
  });

/** A run with its stored output, or the part after a position. */
interface RunWithOutput extends RunView {
  /** The position at which `stdout` and `stderr` start; `null` if they are complete. */
  readonly output_after: string | null;
  /** The position after the output; a request with it returns later output. */
  readonly output_next: string;
  readonly attempts: readonly AttemptView[];
}

async function readRunWithOutput(platform: Platform, run: Run, place: OutputPosition | null): Promise<RunWithOutput> {
  const [{ stdout, stderr, after, next }, stored] = await Promise.all([
    readRunOutput(platform, run, place),
    mayHaveStoredAttempts(run) ? listAttempts(platform.db, run) : [],
  ]);
  const output = { output_after: after && formatOutputPosition(after), output_next: formatOutputPosition(next) };
  // The row of an active run has no output yet, so the tails are those of the live output.
  const tails = isTerminal(run.state) ? {} : toOutputTails(stdout, stderr);
  const whole = { ...toRunView(run), stdout, stderr, ...tails, output_truncated: false };
  return { ...whole, ...output, attempts: toAttemptViews(run, stored) };
}
