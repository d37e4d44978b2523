import * as z from 'zod';
import {
  formatOutputPosition,
  OUTPUT_POSITION,
  type OutputPosition,
  parseOutputPosition,
} from '../../functions/api/runner/output-position.ts';
import { jsonByteLength, truncateToLastBytes } from '../../functions/api/runner/output-tail.ts';
import { TRIGGERS } from '../../functions/core/domain/run.ts';
import { truncate } from '../../functions/core/domain/text.ts';
import { type ApiClient, path } from '../cli/api.ts';
import { jobIdOf, type RunView, type RunWithOutputView } from '../cli/api-types.ts';
import { UsageError } from '../cli/errors.ts';
import { toTime } from '../cli/time.ts';
import { getRun as fetchRun } from '../cli/wait-for-run.ts';
import { type Answer, fetchFittingPage, leftOut, omitEmpty } from './answer.ts';
import { item, items, jobId, limit, runId, time } from './inputs.ts';
import { toRunItem } from './run-items.ts';
import { defineTool } from './tool.ts';

const STATUSES = ['ok', 'error', 'timeout', 'canceled', 'running', 'pending', 'skipped'] as const;
/** Bytes of an answer that are reserved for everything beside the output. */
const RESERVED_BYTES = 900;

const listRuns = defineTool({
  name: 'list_runs',
  title: 'List runs',
  effect: 'read',
  description:
    'Lists runs (executions) of one job or of all jobs, newest first, without their output. Use it for "what ran, when, ' +
    'how long, with which result?". Use list_failures for what is broken now, get_run for one run with its attempts and ' +
    'error, get_output for what it printed. Ticks of a schedule that made no run have the status skipped and a reason; ' +
    'they are listed only with a job_id and status=["skipped"]. Durations are in milliseconds, times in UTC.',
  input: {
    job_id: jobId().optional().describe('Only runs of this job.'),
    status: z.array(z.enum(STATUSES)).min(1).optional().describe('error and timeout are the failed ones.'),
    trigger: z.enum(TRIGGERS).optional(),
    q: z
      .string()
      .optional()
      .describe(
        'Words in job, failure message, tags or searchable fields of the payload, or a run id or its start; all must occur.',
      ),
    min_duration_s: z.number().min(0).optional(),
    max_duration_s: z.number().min(0).optional(),
    min_attempts: z.int().min(1).optional(),
    since: time('Runs created since').optional(),
    until: time('Runs created before').optional(),
    cursor: z.string().optional().describe('The next_cursor of the previous answer, with the same filters.'),
    limit: limit(20, 200),
  },
  output: {
    runs: items(
      'run_id, job_id, status, trigger, attempt, times, duration_ms, exit_code, reason and what else is set.',
    ),
    next_cursor: z.string().nullable().describe('cursor of the next page; null on the last page.'),
  },
  async call({ job_id, status, trigger, since, until, cursor, limit: count, ...search }, { api, now, maxBytes }) {
    const query = {
      status: status?.join(','),
      trigger,
      since: toTime(since, 'since', now),
      until: toTime(until, 'until', now),
    };
    if (status?.includes('skipped')) {
      if (job_id === undefined) throw new UsageError('status: skipped ticks are listed for one job; add job_id');
      const [other] = Object.keys(search);
      if (other !== undefined) throw new UsageError(`${other}: must be absent beside status=skipped`);
      return listHistory(api, job_id, { ...query, cursor }, count, maxBytes);
    }
    const { page, items: runs } = await fetchFittingPage(
      count,
      maxBytes,
      (size) => api.get<RunPage>('/runs', { job_id, ...query, ...search, cursor, limit: size }),
      (fetched) => fetched.runs.map(toRunItem),
    );
    const next = page.next_cursor;
    return { runs, next_cursor: next, ...leftOut(next !== null && 'older runs: call again with cursor=next_cursor') };
  },
});

interface RunPage {
  readonly runs: readonly RunView[];
  readonly next_cursor: string | null;
}

interface HistoryQuery {
  readonly status: string | undefined;
  readonly trigger: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly cursor: string | undefined;
}

/** Lists the runs and skipped ticks of a job. The cursor of a page is its last `run_id`. */
async function listHistory(
  api: ApiClient,
  id: string,
  { status, trigger, since, until, cursor }: HistoryQuery,
  count: number,
  maxBytes: number,
): Promise<Answer> {
  if (trigger !== undefined) throw new UsageError('trigger: must be absent beside status=skipped');
  const { page, items: runs } = await fetchFittingPage(
    count,
    maxBytes,
    async (size) => {
      const query = { status, before: cursor ?? until, limit: size };
      const found = await api.get<{ readonly runs: readonly RunView[] }>(path`/jobs/${id}/runs`, query);
      const inRange = since === undefined ? found.runs : found.runs.filter((run) => isSince(run, since));
      return { inRange, isLast: inRange.length < size };
    },
    ({ inRange }) => inRange.map(toRunItem),
  );
  const next = page.isLast ? null : (page.inRange.at(-1)?.run_id ?? null);
  return { runs, next_cursor: next, ...leftOut(next !== null && 'older runs: call again with cursor=next_cursor') };
}

function isSince({ created_at: created }: RunView, since: string): boolean {
  const start = Date.parse(since);
  if (Number.isNaN(start)) throw new UsageError(`since: must be an ISO 8601 time or an age such as 1h, got '${since}'`);
  return Date.parse(created) >= start;
}

const getRun = defineTool({
  name: 'get_run',
  title: 'Get a run',
  effect: 'read',
  description:
    'One run with its status, times, attempts, error and the last 1,000 bytes of each output. Use it to explain why a run ' +
    'failed, waits or was skipped (reason), and to poll a run under way. Use get_output for more output, and ' +
    'get_flow_job for the record counts of a run of a flow. Durations are in milliseconds.',
  input: { run_id: runId() },
  output: {
    run: item().describe('status, reason, error, exit_code, times, duration_ms, stdout_tail, stderr_tail, meta, …'),
    attempts: items('Attempts, oldest first: status, times, duration_ms, exit_code, reason, end of stderr.'),
  },
  async call({ run_id: id }, { api }) {
    const {
      attempts,
      stdout: _out,
      stderr: _err,
      output_after: _a,
      output_next: _n,
      ...run
    } = await fetchRun(api, jobIdOf(id), id);
    return {
      run: omitEmpty(run),
      attempts: attempts.map(({ stdout: _, stderr, ...attempt }) =>
        omitEmpty({ ...attempt, stderr_tail: truncateToLastBytes(stderr, 500) }),
      ),
    };
  },
});

const getOutput = defineTool({
  name: 'get_output',
  title: 'Get the output of a run',
  effect: 'read',
  description:
    'What a script or HTTP run printed: stdout and stderr of its last attempt. Without after, returns the end of each, ' +
    'where errors usually are. With after, returns the output from that position on: the next of an earlier answer to ' +
    'follow a run under way (output appears some seconds after it was written) or to read on; attempt.0.0 (such as 1.0.0) to read from ' +
    'the start. Raise max_bytes for larger parts. A flow has no output but a log: get_flow_log.',
  input: {
    run_id: runId(),
    after: z
      .string()
      .regex(OUTPUT_POSITION, 'must be the next of an earlier answer, or attempt.0.0, such as 1.0.0')
      .optional()
      .describe('Position to read from: attempt.stdout.stderr, in UTF-16 code units.'),
  },
  output: {
    status: z.string().describe('Status of the run; pending and running runs may print more.'),
    stdout: z.string(),
    stderr: z.string(),
    next: z.string().nullable().describe('Position after this part: the after of the next call.'),
    more: z.boolean().describe('Whether stored output follows this part.'),
  },
  async call({ run_id: id, after }, { api, maxBytes }) {
    const run = await fetchRun(api, jobIdOf(id), id, after);
    const budget = shareBytes(run, maxBytes - RESERVED_BYTES);
    return after === undefined ? lastPart(run, budget) : nextPart(run, after, budget);
  },
});

type Streams = Readonly<Record<'stdout' | 'stderr', number>>;

/** Divides bytes equally between the outputs; one gets what the other does not need. */
function shareBytes({ stdout, stderr }: RunWithOutputView, bytes: number): Streams {
  const [out, err] = [jsonByteLength(stdout), jsonByteLength(stderr)];
  const half = Math.floor(bytes / 2);
  return { stdout: Math.max(half, bytes - err), stderr: Math.max(half, bytes - out) };
}

function lastPart(run: RunWithOutputView, budget: Streams): Answer {
  const stdout = truncateToLastBytes(run.stdout, budget.stdout);
  const stderr = truncateToLastBytes(run.stderr, budget.stderr);
  const start = formatOutputPosition({ attempt: run.attempt, stdout: 0, stderr: 0 });
  const omitted = run.stdout.length - stdout.length + (run.stderr.length - stderr.length);
  return {
    status: run.status,
    stdout,
    stderr,
    next: run.output_next ?? null,
    more: false,
    ...leftOut(
      omitted > 0 &&
        `earlier output: ${run.stdout.length - stdout.length} characters of stdout, ${run.stderr.length - stderr.length} of ` +
          `stderr; call again with after=${start} to read from the start, or raise max_bytes`,
    ),
  };
}

function nextPart(run: RunWithOutputView, after: string, budget: Streams): Answer {
  const stdout = truncateToFirstBytes(run.stdout, budget.stdout);
  const stderr = truncateToFirstBytes(run.stderr, budget.stderr);
  // Without `output_after`, the position was of another attempt and the output starts at its beginning.
  const isContinued = run.output_after != null;
  const from: OutputPosition = isContinued
    ? parseOutputPosition(after)
    : { attempt: run.attempt, stdout: 0, stderr: 0 };
  const position = { ...from, stdout: from.stdout + stdout.length, stderr: from.stderr + stderr.length };
  const omitted = run.stdout.length - stdout.length + (run.stderr.length - stderr.length);
  return {
    status: run.status,
    stdout,
    stderr,
    next: run.output_next === undefined ? null : formatOutputPosition(position),
    more: omitted > 0,
    ...leftOut(
      omitted > 0 && `${omitted} more characters: call again with after=next, or raise max_bytes`,
      !isContinued && `the position is not of attempt ${run.attempt}, whose output starts here`,
    ),
  };
}

/** Returns the longest start of an output that has at most `maxBytes` bytes in JSON. */
function truncateToFirstBytes(text: string, maxBytes: number): string {
  let start = truncate(text, maxBytes);
  for (let excess = jsonByteLength(start) - maxBytes; excess > 0; excess = jsonByteLength(start) - maxBytes) {
    start = truncate(start, start.length - Math.ceil(excess / 6));
  }
  return start;
}

export const runTools = [listRuns, getRun, getOutput];
