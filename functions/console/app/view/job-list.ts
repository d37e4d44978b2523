import type { ListedJob } from '../api/types.ts';
import { formatLabels } from './format.ts';
import { hasFailed, isActive } from './status.ts';

/** Labels of the filters of the job list. */
export const FILTERS = {
  all: 'All',
  active: 'Running or queued',
  failed: 'Last run failed',
  enabled: 'Enabled',
  disabled: 'Disabled',
  paused: 'Schedule paused',
  refused: 'Schedule rejected',
} as const;
export type JobFilter = keyof typeof FILTERS;

export const isFilter = (text: string | null): text is JobFilter => text !== null && Object.hasOwn(FILTERS, text);

const MATCHES: Readonly<Record<JobFilter, (job: ListedJob) => boolean>> = {
  all: () => true,
  active: ({ last_status: status }) => status !== null && isActive(status),
  failed: ({ last_status: status }) => status !== null && hasFailed(status),
  enabled: ({ enabled }) => enabled === 1,
  disabled: ({ enabled }) => enabled === 0,
  paused: ({ paused }) => paused,
  refused: ({ registration }) => registration?.status === 'failed',
};

/** Returns the jobs that contain every word of `text`, sorted by name. */
export function filterJobs(jobs: readonly ListedJob[], text: string, filter: JobFilter): readonly ListedJob[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const searchText = ({ id, name, description, tags, labels, integration_id: integration }: ListedJob) =>
    [id, name, description, integration, ...tags, formatLabels(labels ?? {})].join(' ').toLowerCase();
  return jobs
    .filter((job) => MATCHES[filter](job) && words.every((word) => searchText(job).includes(word)))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}
