import type { Definition } from '../api/types.ts';
import { formatDuration } from '../view/format.ts';
import type { DescriptionItem } from './description-list.tsx';
import { targetItems } from './target-items.tsx';
import { AbsoluteTime } from './time.tsx';

const OVERLAP_LABELS: Readonly<Record<string, string>> = {
  skip: 'skip the new run',
  queue: 'queue the new run',
  allow: 'allow parallel runs',
  replace: 'cancel the active run',
};

function formatSchedule({ schedule, schedules }: Definition) {
  if (schedules !== null) return <Schedules of={schedules} />;
  return schedule ? <code key="schedule">{schedule}</code> : 'on demand';
}

/** The schedules of a job that has several. */
function Schedules({ of: schedules }: { readonly of: NonNullable<Definition['schedules']> }) {
  return (
    <ul>
      {schedules.map(({ schedule, timezone, payload }, i) => (
        <li key={i}>
          <code>{schedule}</code> {timezone}
          {payload !== null && (
            <>
              {' '}
              with payload <code>{JSON.stringify(payload)}</code>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Items that describe a job's schedule. */
export const scheduleItems = (job: Definition): readonly DescriptionItem[] => [
  ['Schedule', formatSchedule(job)],
  ['Time zone', job.schedule && job.schedules === null ? job.timezone : null],
  ['Not before', job.start_at && <AbsoluteTime key="start" time={job.start_at} />],
  ['Not after', job.end_at && <AbsoluteTime key="end" time={job.end_at} />],
  ['After', job.after && formatAfter(job.after)],
  ['Excluded calendars', job.exclude_calendars.join(', ')],
  ['Required calendars', job.require_calendars.join(', ')],
  ['Catch up', job.catch_up === 'none' ? null : formatCatchUp(job)],
  ['Jitter', job.jitter_seconds > 0 ? formatDuration(job.jitter_seconds * 1_000) : null],
];

/** Formats the rule for missed ticks, for example `100 newest missed ticks of 1 d`. */
function formatCatchUp({ catch_up: mode, catch_up_limit: limit, catch_up_window_s: window }: Definition): string {
  const ticks = mode === 'last' ? 'newest missed tick' : `${limit} newest missed ticks`;
  return `${ticks} of ${formatDuration(window * 1_000)}`;
}

const ENDS = { success: 'success', failure: 'failure', end: 'any end' } as const;

/** Formats upstream jobs, for example `success of load and any end of check, within 1 h`. */
function formatAfter({ jobs, mode, within_s: within }: NonNullable<Definition['after']>): string {
  const ends = jobs.map(({ job, on }) => `${ENDS[on]} of ${job}`).join(mode === 'all' ? ' and ' : ' or ');
  return within === null ? ends : `${ends}, within ${formatDuration(within * 1_000)}`;
}

const formatCount = (count: number) => (count === 1 ? '1 run' : `${count} runs`);

/** Formats the runs that count together, for example `, by customer.id, with the group shop`. */
const formatKey = ({ key, group }: { readonly key: string | null; readonly group: string | null }) =>
  `${key === null ? '' : `, by ${key}`}${group === null ? '' : `, with the group ${group}`}`;

/** Formats a throttle, for example `10 runs started in 1 min, by customer.id`. */
const formatThrottle = (throttle: NonNullable<Definition['throttle']>) =>
  `${formatCount(throttle.limit)} started in ${formatDuration(throttle.per_s * 1_000)}${formatKey(throttle)}`;

/** Formats a grace period; 0 disables the check. */
const formatGrace = (seconds: number) => (seconds > 0 ? formatDuration(seconds * 1_000) : 'off');

/** Items that describe a job's target and execution policy. */
export function executionItems(job: Definition): readonly DescriptionItem[] {
  const { attempts, backoff, delay_seconds: delay } = job.retry;
  return [
    ...targetItems(job),
    ['Timeout', job.timeout_ms === null ? 'none' : formatDuration(job.timeout_ms)],
    ['Start grace period', formatGrace(job.start_grace_s)],
    ['Finish grace period', formatGrace(job.finish_grace_s)],
    ['Overlap policy', OVERLAP_LABELS[job.overlap_policy] ?? job.overlap_policy],
    [
      'Concurrency',
      job.concurrency && `${formatCount(job.concurrency.limit)} active at a time${formatKey(job.concurrency)}`,
    ],
    ['Throttle', job.throttle && formatThrottle(job.throttle)],
    [
      'Retries',
      attempts > 1 ? `${attempts} attempts, ${backoff} backoff, delay ${formatDuration(delay * 1_000)}` : 'none',
    ],
    ['Priority', String(job.priority)],
    [
      'Expires',
      job.expires_in_s === null ? null : `${formatDuration(job.expires_in_s * 1_000)} after the creation of a run`,
    ],
    ['Integration', job.integration_id],
  ];
}
