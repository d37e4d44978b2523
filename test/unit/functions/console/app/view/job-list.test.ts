import { describe, expect, it } from 'vitest';
import type { ListedJob } from '../../../../../../functions/console/app/api/types.ts';
import { filterJobs } from '../../../../../../functions/console/app/view/job-list.ts';

describe('filterJobs', () => {
  const plain = {
    tags: [],
    labels: null,
    description: null,
    integration_id: null,
    enabled: 1,
    paused: false,
    last_status: null,
  } as const;
  const job = (id: string, more: Partial<ListedJob> = {}) => ({ id, name: id, ...plain, ...more }) as ListedJob;
  const jobs = [
    job('zebra', { tags: ['Nightly'], last_status: 'error', paused: true }),
    job('ant', { integration_id: 'shop', labels: { project: 'Billing' }, enabled: 0, last_status: 'running' }),
  ];
  const ids = (...[text, filter]: [string, Parameters<typeof filterJobs>[2]]) =>
    filterJobs(jobs, text, filter).map(({ id }) => id);

  it('sorts by name and finds every word in any field', () => {
    expect(ids('', 'all')).toEqual(['ant', 'zebra']);
    expect(ids('NIGHT zeb', 'all')).toEqual(['zebra']);
    expect(ids('shop', 'all')).toEqual(['ant']);
    expect(ids('project=billing', 'all')).toEqual(['ant']);
    expect(ids('shop zebra', 'all')).toEqual([]);
  });

  it('filters by state', () => {
    expect(ids('', 'failed')).toEqual(['zebra']);
    expect(ids('', 'active')).toEqual(['ant']);
    expect(ids('', 'disabled')).toEqual(['ant']);
    expect(ids('', 'paused')).toEqual(['zebra']);
    expect(ids('', 'enabled')).toEqual(['zebra']);
  });
});
