import type { Definition } from '../api/wire.ts';
import { formatDuration } from '../view/format.ts';
import type { Fact } from './facts.tsx';
import { targetFacts } from './target.tsx';
import { Moment } from './time.tsx';

const OVERLAPS: Readonly<Record<string, string>> = {
  skip: 'skip: no second run while one is alive',
  queue: 'queue: the next one waits',
  allow: 'allow: runs side by side',
  replace: 'replace: the older run is canceled',
};

/** When a job runs, as it is defined. */
export const scheduleFacts = (job: Definition): readonly Fact[] => [
  ['Schedule', job.schedule ? <code key="schedule">{job.schedule}</code> : 'on demand'],
  ['Timezone', job.schedule ? job.timezone : null],
  ['Not before', job.start_at && <Moment key="start" time={job.start_at} />],
  ['Not after', job.end_at && <Moment key="end" time={job.end_at} />],
  ['Jitter', job.jitter_seconds > 0 ? formatDuration(job.jitter_seconds * 1_000) : null],
];

/** A grace in words; 0: nobody minds. */
const after = (seconds: number) => (seconds > 0 ? `after ${formatDuration(seconds * 1_000)}` : 'never');

/** What it runs, and by which rules. */
export function rulesFacts(job: Definition): readonly Fact[] {
  const { attempts, backoff, delay_seconds: delay } = job.retry;
  return [
    ...targetFacts(job),
    ['Timeout', job.timeout_ms === null ? 'none' : formatDuration(job.timeout_ms)],
    ['Late to start', after(job.start_grace_s)],
    ['Late to finish', after(job.finish_grace_s)],
    ['When runs overlap', OVERLAPS[job.overlap_policy] ?? job.overlap_policy],
    [
      'Retries',
      attempts > 1 ? `${attempts} attempts, ${backoff}, first after ${formatDuration(delay * 1_000)}` : 'none',
    ],
    ['Integration', job.integration_id],
  ];
}
