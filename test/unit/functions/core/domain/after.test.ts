import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type After,
  findCycle,
  jobFollowedError,
  satisfies,
  validateAfter,
} from '../../../../../functions/core/domain/after.ts';

const anAfter = (jobs: readonly string[], overrides: Partial<After> = {}): After => ({
  jobs: jobs.map((job) => ({ job, on: 'success' })),
  mode: 'all',
  withinSeconds: null,
  ...overrides,
});

describe('satisfies', () => {
  it('matches success with completed runs, failure with failed runs, and end with every end', () => {
    const matches = (['success', 'failure', 'end'] as const).map((on) =>
      (['completed', 'failed', 'canceled'] as const).filter((state) => satisfies(state, on)),
    );

    expect(matches).toEqual([['completed'], ['failed'], ['completed', 'failed', 'canceled']]);
  });
});

describe('validateAfter', () => {
  it('rejects a job that is named twice', () => {
    expect(() => validateAfter(anAfter(['a', 'b', 'a']))).toThrow(
      "after.jobs: must not name a job twice, got 'a' twice",
    );
  });

  it.each([[anAfter(['a', 'b'], { mode: 'any', withinSeconds: 60 })], [anAfter(['a'], { withinSeconds: 60 })]])(
    'rejects a time between ends if only one end counts: %j',
    (given) => {
      expect(() => validateAfter(given)).toThrow('after.within_s: must be absent');
    },
  );

  it('accepts a time between the ends of several jobs', () => {
    expect(() => validateAfter(anAfter(['a', 'b'], { withinSeconds: 60 }))).not.toThrow();
  });
});

/** @returns whether one or more dependencies lead from `from` to `to`, by another search than the tested one */
function reaches(graph: readonly (readonly number[])[], from: number, to: number): boolean {
  const closure = graph.map((targets) => new Set(targets));
  for (const middle of graph.keys()) {
    for (const targets of closure) {
      if (!targets.has(middle)) continue;
      for (const target of closure[middle] ?? []) targets.add(target);
    }
  }
  return closure[from]?.has(to) === true;
}

describe('findCycle', () => {
  it('names the jobs in the order in which they would start', () => {
    const upstream: Record<string, string[]> = { a: ['x', 'c'], b: ['a'], c: ['b'], x: [] };

    expect(findCycle('a', (job) => upstream[job] ?? [])).toEqual(['a', 'b', 'c', 'a']);
    expect(findCycle('x', (job) => upstream[job] ?? [])).toBeUndefined();
  });

  it('names a job that depends on itself', () => {
    expect(findCycle('a', () => ['a'])).toEqual(['a', 'a']);
  });

  it('finds a cycle exactly if one exists, and each of its steps is a dependency', () => {
    const graphs = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc.array(fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
      );
    fc.assert(
      fc.property(graphs, (graph) => {
        const cycle = findCycle('0', (job) => (graph[Number(job)] ?? []).map(String));

        expect(cycle !== undefined).toBe(reaches(graph, 0, 0));
        if (!cycle) return;
        expect([cycle[0], cycle.at(-1)]).toEqual(['0', '0']);
        expect(new Set(cycle).size).toBe(cycle.length - 1);
        for (const [i, job] of cycle.slice(1).entries()) expect(graph[Number(job)]).toContain(Number(cycle[i]));
      }),
    );
  });
});

describe('jobFollowedError', () => {
  it('names at most 20 dependent jobs', () => {
    const { message } = jobFollowedError(
      'a',
      Array.from({ length: 22 }, (_, i) => `job-${i}`),
    );

    expect(message).toContain("'job-19', 2 more would no longer start (after)");
    expect(message).not.toContain("'job-20'");
  });
});
