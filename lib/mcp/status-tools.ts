import * as z from 'zod';
import type { LimitsView } from '../../functions/api/administration/limits.ts';
import type { MetricsView } from '../../functions/api/integrations/metrics.ts';
import type { SlotView } from '../../functions/api/runner/activity.ts';
import type { CauseView } from '../../functions/api/runner/failure-groups.ts';
import type { StatsView } from '../../functions/api/runner/stats.ts';
import { ApiError } from '../cli/api.ts';
import { toTime } from '../cli/time.ts';
import { readTokenIdentity } from '../cli/token-identity.ts';
import { leftOut } from './answer.ts';
import { item, items, jobId, time } from './inputs.ts';
import { defineTool } from './tool.ts';

/** Causes of failures in the status. */
const MAX_CAUSES = 5;
/** HTTP status of a request that needs another role. */
const FORBIDDEN = 403;

interface Causes {
  readonly causes: readonly CauseView[];
  readonly runs: number;
  readonly left: number;
  readonly total: number;
}

const status = defineTool({
  name: 'status',
  title: 'Status',
  effect: 'read',
  description:
    'The state of the job platform for this tenant at a glance. Use it first, and to answer "is anything wrong?". ' +
    'Returns the health of the service, numbers of jobs, running runs, and runs that ended in the last hour; the queue ' +
    `with the age of the oldest pending run in seconds; and the ${MAX_CAUSES} most frequent causes of unacknowledged failed runs ` +
    'by job. Use list_failures for all causes and get_metrics for numbers over time.',
  input: {},
  output: {
    tenant: z.string().nullable().describe('Tenant of the token; all tools act for it.'),
    health: item().describe('ok; uptime in seconds; failedRegistrations of all tenants.'),
    stats: item().describe(
      'Counts of this tenant: totalJobs, running, failedRegistrations, okLastHour, errorsLastHour.',
    ),
    queue: item().describe('pendingRuns, oldestPendingSeconds (null if none), lateStarts, lateFinishes.'),
    failing: items('Causes of failed runs: job_id, cause, message, count, newest and oldest time, run_ids.'),
    failedRuns: z.int().describe('Unacknowledged failed runs.'),
  },
  async call(_input, { api }) {
    const [health, stats, limits, failures] = await Promise.all([
      api.get<Readonly<Record<string, unknown>>>('/health'),
      api.get<StatsView>('/stats'),
      api.get<LimitsView>('/limits'),
      api.get<Causes>('/failures', { group: 'cause', limit: MAX_CAUSES }),
    ]);
    const { tenant } = readTokenIdentity(await api.token());
    const others = failures.total - failures.causes.length;
    return {
      tenant,
      health,
      stats,
      queue: limits.queue,
      failing: failures.causes.map(({ run_ids, ...cause }) => ({ ...cause, run_ids: run_ids.slice(0, 3) })),
      failedRuns: failures.runs + failures.left,
      ...leftOut(others > 0 && `${others} more causes of failures: list_failures`),
    };
  },
});

interface Activity {
  readonly slot_seconds: number;
  readonly slots: readonly SlotView[];
}

const getMetrics = defineTool({
  name: 'get_metrics',
  title: 'Metrics, activity and limits',
  effect: 'read',
  description:
    'Numbers about runs: how many over time, how many now, and how much of the limits is used. Use it for trends ' +
    '("did failures increase?") and capacity ("are we near a limit?"); use status for the present state and get_job for ' +
    'the numbers of one job. Returns the current counts of runs (ages and durations in milliseconds), runs by creation ' +
    'time in slots (only slots with runs), and limits with their use.',
  input: {
    job_id: jobId().optional().describe('Restricts the activity to one job.'),
    integration_id: z.string().optional().describe('Restricts the current counts to one integration.'),
    since: time('Start of the activity').default('1h'),
    until: time('End of the activity; now by default').optional(),
    slot_seconds: z.int().min(60).max(86_400).default(300).describe('Length of a slot in seconds; at most 500 slots.'),
  },
  output: {
    current: item()
      .nullable()
      .describe(
        'pendingCount, processingCount, failedCount, oldestPendingAgeMs, lastRunAt, lastRunDurationMs; null without the role for them.',
      ),
    totals: item().describe('Runs created in the time range by their present status.'),
    slots: items('start, pending, running, ok, failed, canceled.'),
    limits: item().describe('Limits of the tenant by name; null is unlimited.'),
    used: item().describe('Use of limits: jobs, concurrentRuns, storedBytes, computeSecondsPerMonth.'),
  },
  async call({ job_id, integration_id: integrationId, since, until, slot_seconds }, { api, now }) {
    const range = { since: toTime(since, 'since', now), until: toTime(until, 'until', now) };
    const [current, activity, { limits, used }] = await Promise.all([
      api.get<MetricsView>('/api/integrations/jobs/metrics', { integrationId }).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === FORBIDDEN) return null;
        throw error;
      }),
      api.get<Activity>('/runs/activity', { job_id, slot_seconds, ...range }),
      api.get<LimitsView>('/limits'),
    ]);
    const slots = activity.slots.filter((slot) => countRuns(slot) > 0);
    return {
      current,
      totals: sumSlots(activity.slots),
      slots,
      limits,
      used,
      ...leftOut(current === null && 'current: the token needs the role ADMIN, MANAGER or OWNER'),
    };
  },
});

type Counts = Omit<SlotView, 'start'>;

const countRuns = ({ pending, running, ok, failed, canceled }: Counts): number =>
  pending + running + ok + failed + canceled;

/** Adds the counts of slots. */
export function sumSlots(slots: readonly SlotView[]): Counts {
  const sum = (count: keyof Counts) => slots.reduce((total, slot) => total + slot[count], 0);
  return {
    pending: sum('pending'),
    running: sum('running'),
    ok: sum('ok'),
    failed: sum('failed'),
    canceled: sum('canceled'),
  };
}

export const statusTools = [status, getMetrics];
