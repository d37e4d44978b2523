import { describe, expect, it } from 'vitest';
import { findCycles, toLevels } from '../../../../lib/apply/dependency-levels.ts';
import { aWantedJob } from '../../../helpers/builders/applied-jobs.ts';

const dependent = (id: string, ...upstream: string[]) => ({
  id,
  after: upstream.length > 0 ? { jobs: upstream.map((job) => ({ job })) } : null,
});
const idsOf = (levels: readonly (readonly { readonly id: string }[])[]) =>
  levels.map((level) => level.map(({ id }) => id));

describe('toLevels', () => {
  it('puts jobs behind all their upstream jobs', () => {
    const jobs = [dependent('a', 'c'), dependent('b', 'c', 'a'), dependent('c'), dependent('d', 'elsewhere')];

    expect(idsOf(toLevels(jobs, (job) => job))).toEqual([['c', 'd'], ['a'], ['b']]);
  });

  it('ends with the jobs of a cycle', () => {
    const jobs = [dependent('a', 'b'), dependent('b', 'a'), dependent('c')];

    expect(idsOf(toLevels(jobs, (job) => job))).toEqual([['c'], ['a', 'b']]);
  });
});

describe('findCycles', () => {
  it('reports each cycle once, with the file of its first job', async () => {
    const follows = (job: string) => ({
      jobs: [{ job, on: 'success' as const }],
      mode: 'all' as const,
      within_s: null,
    });
    const jobs = await Promise.all([
      aWantedJob({ id: 'a', after: follows('b') } as never),
      aWantedJob({ id: 'b', after: follows('a') } as never),
      aWantedJob({ id: 'c', after: follows('a') } as never),
    ]);

    const problems = findCycles(jobs);

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("job 'a': after: must not close a cycle, got a → b → a");
  });
});
