import { describe, expect, it } from 'vitest';
import type { ListedJob } from '../../../../../../functions/console/app/api/types.ts';
import { findJobChain, formatUpstream } from '../../../../../../functions/console/app/view/job-chain.ts';

const job = (id: string, ...upstream: readonly string[]) => {
  const jobs = upstream.map((other) => ({ job: other, on: 'success' }) as const);
  return { id, after: jobs.length > 0 ? { jobs, mode: 'all', within_s: null } : null } as unknown as ListedJob;
};

const ids = (steps: readonly (readonly { readonly id: string }[])[]) => steps.map((step) => step.map(({ id }) => id));

describe('findJobChain', () => {
  it('has no steps for a job without dependencies', () => {
    expect(findJobChain('a', [job('a'), job('b', 'c'), job('c')])).toEqual({ upstream: [], downstream: [] });
    expect(findJobChain('missing', [])).toEqual({ upstream: [], downstream: [] });
  });

  it('has direct and indirect jobs in the order in which they start', () => {
    const jobs = [
      job('extract'),
      job('check', 'extract'),
      job('load', 'check'),
      job('report', 'load'),
      job('mail', 'report'),
    ];

    const { upstream, downstream } = findJobChain('load', jobs);

    expect(ids(upstream)).toEqual([['extract'], ['check']]);
    expect(ids(downstream)).toEqual([['report'], ['mail']]);
    expect(downstream[0]?.[0]?.after).toEqual([{ job: 'load', on: 'success' }]);
  });

  it('places a job at its longest path, and jobs of the same step by id', () => {
    const jobs = [job('a'), job('c', 'a'), job('b', 'a'), job('d', 'a', 'b')];

    expect(ids(findJobChain('a', jobs).downstream)).toEqual([['b', 'c'], ['d']]);
    expect(ids(findJobChain('d', jobs).upstream)).toEqual([['a'], ['b']]);
  });

  it('ends where jobs form a cycle, and names an upstream job that is not listed', () => {
    const cycle = [job('a', 'c'), job('b', 'a'), job('c', 'b')];

    expect(ids(findJobChain('a', cycle).downstream)).toEqual([['b'], ['c']]);
    expect(findJobChain('x', [job('x', 'gone')]).upstream).toEqual([[{ id: 'gone', job: undefined, after: [] }]]);
  });
});

it('formats the condition of an upstream job', () => {
  expect(formatUpstream({ job: 'load', on: 'success' })).toBe('after a success of load');
  expect(formatUpstream({ job: 'load', on: 'end' })).toBe('after any end of load');
});
