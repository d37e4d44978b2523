import * as z from 'zod';
import type { SlotView } from '../../functions/api/runner/activity.ts';
import type { JobVersionView } from '../../functions/api/runner/job-versions.ts';
import { JOB_TYPES } from '../../functions/core/domain/job.ts';
import { timetableOf } from '../../functions/core/domain/job-timetable.ts';
import { nextTicks } from '../../functions/core/domain/schedule/index.ts';
import { truncateWithEllipsis } from '../../functions/core/domain/text.ts';
import { type ApiClient, ApiError, path } from '../cli/api.ts';
import { hasEnded, type JobView, type ListedJobView, type RunView } from '../cli/api-types.ts';
import { countFitting, leftOut, omitEmpty } from './answer.ts';
import { definitionFields } from './definition-fields.ts';
import { item, items, jobId, limit } from './inputs.ts';
import { toRunItem } from './run-items.ts';
import { sumSlots } from './status-tools.ts';
import { defineTool } from './tool.ts';

const LAST_STATUSES = ['ok', 'error', 'timeout', 'canceled', 'running', 'pending', 'skipped', 'none'] as const;
const MAX_DESCRIPTION_LENGTH = 160;
const DAY_MS = 86_400_000;
const NEXT_RUNS = 5;

const listJobs = defineTool({
  name: 'list_jobs',
  title: 'List jobs',
  effect: 'read',
  description:
    'Lists job definitions with their schedule, next run and last status, by id. Use it to find the id of a job from a ' +
    'name or topic, or the jobs in a state (last_status=error, enabled=false). Use get_job for the whole definition and ' +
    'statistics of one job, and list_runs for executions. Times are UTC.',
  input: {
    text: z.string().optional().describe('Text in the id, name or description, ignoring case.'),
    type: z.enum(JOB_TYPES).optional().describe('A flow moves records between systems (also called a pipeline).'),
    enabled: z.boolean().optional().describe('false: jobs whose schedule is stopped.'),
    last_status: z.enum(LAST_STATUSES).optional().describe('Status of the newest run; none: the job never ran.'),
    tag: z.string().optional(),
    label: z.string().optional().describe('A label as name=value.'),
    after: jobId().optional().describe('Lists jobs with later ids: the last id of the previous answer.'),
    limit: limit(30, 500),
  },
  output: {
    jobs: items('id, name, type, schedule, timezone, enabled, next_run, last_status, last_run and what else is set.'),
    matched: z.int().describe('Jobs that match the filters, on all pages.'),
  },
  async call({ text, type, enabled, last_status, tag, label, after = '', limit: count }, { api, maxBytes }) {
    const { jobs } = await api.get<{ readonly jobs: readonly ListedJobView[] }>('/jobs', { label });
    const wanted = text?.toLowerCase();
    const matching = jobs.filter(
      (job) =>
        (wanted === undefined || `${job.id}\n${job.name}\n${job.description ?? ''}`.toLowerCase().includes(wanted)) &&
        (type === undefined || job.type === type) &&
        (enabled === undefined || (job.enabled === 1) === enabled) &&
        (last_status === undefined || (job.last_status ?? 'none') === last_status) &&
        (tag === undefined || job.tags.includes(tag)),
    );
    const following = matching.filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = following.slice(0, count).map(toJobItem);
    const shown = page.slice(0, countFitting(page, maxBytes));
    const left = following.length - shown.length;
    return {
      jobs: shown,
      matched: matching.length,
      ...leftOut(left > 0 && `${left} more jobs: call again with after=${following[shown.length - 1]?.id}`),
    };
  },
});

function toJobItem(job: ListedJobView) {
  const {
    id,
    name,
    type,
    schedule,
    timezone,
    schedules,
    after,
    next_run,
    last_status,
    last_run,
    tags,
    labels,
    registration,
  } = job;
  return omitEmpty({
    id,
    name,
    type,
    enabled: job.enabled === 1,
    schedule,
    timezone: schedule === null ? null : timezone,
    schedules,
    after,
    next_run,
    last_status,
    last_run,
    description: job.description && truncateWithEllipsis(job.description, MAX_DESCRIPTION_LENGTH),
    tags,
    labels: labels && Object.keys(labels).length > 0 ? labels : null,
    registration_error: registration?.error,
  });
}

const getJob = defineTool({
  name: 'get_job',
  title: 'Get a job',
  effect: 'read',
  description:
    'Everything about one job: its definition, the next runs of its schedule, its newest runs, counts of the last 24 ' +
    'hours and durations in milliseconds. Use it to explain what a job does, when it runs next and how it has been doing, ' +
    'and before update_job, which takes the same fields and the etag. With version, returns the definition that a run ' +
    'with this job_version used.',
  input: {
    job_id: jobId(),
    version: z.int().min(1).optional().describe('Returns only this version of the definition.'),
    runs: z.int().min(0).max(50).default(5).describe('Number of newest runs to return.'),
  },
  output: {
    job: item().describe('The definition. Absent fields have their defaults. Timeouts in ms, graces and delays in s.'),
    etag: z.string().describe('Version for if_match of update_job.'),
    next_runs: z.array(z.string()).describe('Next times of the schedule (UTC), without jitter.'),
    last_runs: items('Newest runs and skipped ticks, newest first.'),
    statistics: item().describe('last_24h: runs by status; duration_ms of the newest ended runs: median, max, runs.'),
    version: item().describe('The requested version.'),
  },
  async call({ job_id: id, version, runs: shownRuns }, { api, now }) {
    const url = path`/jobs/${id}`;
    if (version !== undefined) return { version: await api.get<JobVersionView>(`${url}/versions/${version}`) };
    const { body, etag } = await api.request<{ readonly job: JobView }>('GET', url);
    const [runs, activity] = await Promise.all([
      api.get<{ readonly runs: readonly RunView[] }>(`${url}/runs`, { limit: 50 }),
      countLastDay(api, id, now),
    ]);
    return {
      job: omitEmpty(body.job as unknown as Readonly<Record<string, unknown>>),
      etag,
      next_runs: nextRuns(body.job, now),
      last_runs: runs.runs.slice(0, shownRuns).map(toRunItem),
      statistics: { last_24h: activity, duration_ms: summarizeDurations(runs.runs) },
      ...leftOut(
        runs.runs.length > shownRuns && `earlier runs: list_runs with job_id=${id}`,
        activity === null && 'statistics.last_24h: there are too many runs to count',
      ),
    };
  },
});

/** Returns the next times of the schedules, ISO 8601: none for a disabled job, at most one for a job with calendars. */
function nextRuns(job: JobView, now: number): string[] {
  if (job.enabled === 0) return [];
  const { schedule, timezone, start_at: startAt, end_at: endAt, created_at: createdAt } = job;
  // The dates of calendars are known to the API only.
  if (job.exclude_calendars.length + job.require_calendars.length > 0)
    return job.next_run === null ? [] : [job.next_run];
  const schedules = (job.schedules ?? []).map((one) => ({ ...one, payload: null }));
  const timetable = timetableOf({ schedule, timezone, schedules, startAt, endAt, createdAt });
  return nextTicks(timetable, { after: now, count: NEXT_RUNS }).map((time) => new Date(time).toISOString());
}

/** @returns `null` if there are too many runs to count */
async function countLastDay(api: ApiClient, jobId: string, now: number) {
  const since = new Date(now - DAY_MS).toISOString();
  try {
    const query = { job_id: jobId, since, slot_seconds: 3_600 };
    return sumSlots((await api.get<{ readonly slots: readonly SlotView[] }>('/runs/activity', query)).slots);
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return null;
    throw error;
  }
}

/** Summarizes the durations of runs that ended, in milliseconds. */
function summarizeDurations(runs: readonly RunView[]) {
  const durations = runs
    .flatMap((run) => (hasEnded(run) && run.duration_ms !== null ? [run.duration_ms] : []))
    .sort((a, b) => a - b);
  const median = durations[Math.floor(durations.length / 2)] ?? null;
  return { median, max: durations.at(-1) ?? null, runs: durations.length };
}

const validateJob = defineTool({
  name: 'validate_job',
  title: 'Validate a job',
  effect: 'read',
  description:
    'Checks a definition without storing it: returns every error with its field and rule, or the next times of its ' +
    'schedule. Use it before create_job, to propose a definition to a person, or to learn what a schedule means. An ' +
    'existing id is checked as a replacement of that job, with all of its fields.',
  input: { id: z.string().describe('Id of the job.'), ...definitionFields() },
  output: {
    valid: z.boolean(),
    errors: items('field and message; only if the definition is invalid.'),
    next_runs: z.array(z.string()).describe('Next times of the schedule (UTC), without jitter.'),
  },
  async call({ name, ...job }, { api }) {
    return await api.post('/jobs/validate', { name: name ?? job.id, ...job });
  },
});

export const jobTools = [listJobs, getJob, validateJob];
