import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type CauseView,
  type GroupPage,
  groupByCause,
  groupByMessage,
  type MessageView,
} from '../../../../../functions/api/runner/failure-groups.ts';
import { normalizeMessage, toFailureCause } from '../../../../../functions/core/domain/failure-cause.ts';
import type { Failure, Run } from '../../../../../functions/core/domain/run.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';

const job = aJob({ id: 'sync' });

function aFailure(number: number, message: string, overrides: Partial<Run> & { kind?: Failure['kind'] } = {}): Run {
  const { kind = 'error', ...fields } = overrides;
  return endedRun(job, number, { state: 'failed', failure: { kind, message }, ...fields });
}

describe('normalizeMessage', () => {
  test.each([
    ['order 4711 was refused', 'order # was refused'],
    ['took 1,234.5 s', 'took # s'],
    ['no run 01JNXA3V5T9YV0Q2Z6W8M4R7B1 here', 'no run # here'],
    ['user 5f0c7d1e-3a4b-4c5d-8e6f-0123456789ab is gone', 'user # is gone'],
    ['since 2026-03-02T01:03:00.050Z nothing came', 'since # nothing came'],
    ['commit deadbeef01 is missing', 'commit # is missing'],
    ['HTTP 502 from api.test', 'HTTP 502 from api.test'],
    ['exit code 3', 'exit code 3'],
    ['  many   spaces\n', 'many spaces'],
    ['a facade decade', 'a facade decade'],
  ])('normalizes %j to %j', (message, expected) => {
    expect(normalizeMessage(message)).toBe(expected);
  });

  test('returns equal texts for messages that differ only in numbers', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'z', ' ', ':', '/') });
    fc.assert(
      fc.property(words, fc.nat(), fc.nat(), words, (before, a, b, after) => {
        expect(normalizeMessage(`${before} ${a} ${after}`)).toBe(normalizeMessage(`${before} ${b} ${after}`));
      }),
    );
  });

  test('accepts any message and returns no longer text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (message) => {
        expect(normalizeMessage(message).length).toBeLessThanOrEqual(message.length);
      }),
    );
  });
});

describe('toFailureCause', () => {
  const cause = toFailureCause(aFailure(1, 'order 4711 was refused'));

  test('returns the same URL-safe id for equal failures', () => {
    expect(toFailureCause(aFailure(2, 'order 4712 was refused')).id).toBe(cause.id);
    expect(cause).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{12}$/), message: 'order 4711 was refused' });
  });

  test.each([
    ['another message', aFailure(2, 'order 4711 was lost')],
    ['another kind', aFailure(2, 'order 4711 was refused', { kind: 'timeout' })],
    ['another job', aFailure(2, 'order 4711 was refused', { jobId: 'other' })],
  ])('returns another id for %s', (_, run) => {
    expect(toFailureCause(run).id).not.toBe(cause.id);
  });

  test('uses the last line of stderr for a failure with an exit code', () => {
    const said = (stderr: string) => toFailureCause(aFailure(1, 'exit code 1', { stderr }));

    expect(said('working\nError: no such table: users\n').message).toBe('exit code 1: Error: no such table: users');
    expect(said('Error: no such table: users').id).not.toBe(said('Error: disk full').id);
    expect(said('').message).toBe('exit code 1');
  });

  test('accepts a run without a message', () => {
    expect(toFailureCause(aFailure(1, '')).message).toBe('');
    expect(toFailureCause({ jobId: 'sync', failure: null, stderr: 'Error: no' }).message).toBe('Error: no');
  });
});

describe('causes view', () => {
  test('counts runs and names the newest one', () => {
    const runs = Array.from({ length: 12 }, (_, i) => aFailure(20 - i, `order ${i} was refused`));
    const other = aFailure(1, 'no table');

    const [first, second] = groupByCause([...runs, other], { after: null, limit: 50 }).views;

    expect(first).toEqual({
      cause: toFailureCause(runs[0] as Run).id,
      job_id: 'sync',
      kind: 'error',
      message: 'order 0 was refused',
      count: 12,
      newest: runs[0]?.finishedAt,
      oldest: runs[11]?.finishedAt,
      run_ids: runs.slice(0, 10).map(({ ulid }) => `sync.abc12345.${ulid}`),
    });
    expect(second).toMatchObject({ count: 1, newest: other.finishedAt, oldest: other.finishedAt });
  });

  test('returns an empty view without failures', () => {
    expect(groupByCause([], { after: null, limit: 50 })).toEqual({ views: [], total: 0, left: 0, next: null });
  });
});

describe('page of groups', () => {
  const runs = fc
    .array(fc.record({ job: fc.constantFrom('a', 'b', 'c'), message: fc.constantFrom('x', 'y', 'z') }), {
      maxLength: 40,
    })
    .map((drawn) => drawn.map(({ job: jobId, message }, i) => aFailure(100 - i, message, { jobId })));

  it.each([
    ['causes', groupByCause],
    ['messages', groupByMessage],
  ] as const)('returns each of the %s once, largest first, with the number of remaining runs', (_, page) => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 4 }), (failed, limit) => {
        const counts: number[] = [];
        const ids = new Set<string>();
        let after: string | null = null;
        do {
          const { views, left, next, total }: GroupPage<CauseView | MessageView> = page(failed, { after, limit });
          counts.push(...views.map(({ count }) => count));
          for (const view of views) ids.add('cause' in view ? view.cause : view.message_id);
          expect(left).toBe(failed.length - counts.reduce((sum, count) => sum + count, 0));
          expect(ids.size).toBe(counts.length);
          if (next === null) expect(counts).toHaveLength(total);
          after = next;
        } while (after !== null);
        expect(counts).toEqual([...counts].sort((a, b) => b - a));
      }),
    );
  });

  it('lists the jobs with the most runs of a message first', () => {
    const failed = ['a', 'b', 'b'].map((jobId, i) => aFailure(9 - i, 'HTTP 502 from api.test', { jobId }));

    const { views } = groupByMessage(failed, { after: null, limit: 1 });

    expect(views).toMatchObject([
      {
        count: 3,
        job_count: 2,
        jobs: [
          { job_id: 'b', count: 2 },
          { job_id: 'a', count: 1 },
        ],
      },
    ]);
  });
});
