import { describe, expect, it } from 'vitest';
import { runDeltas, storedBytesDeltas } from '../../../../../functions/core/domain/counters.ts';
import type { Run } from '../../../../../functions/core/domain/run.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';

const ofDays = (before: Run | undefined, after: Run | undefined) =>
  runDeltas(before, after).flatMap(({ counter, add }) => (counter.kind === 'day' ? [[counter.day, add]] : []));

const times = { startedAt: '2031-05-31T23:59:59.000Z', finishedAt: '2031-06-01T00:00:01.000Z' };
const done = endedRun(aJob(), 1, { ...times, executionMs: 2_000, itemsProcessed: 7 });
const running: Run = { ...done, state: 'running', finishedAt: null, executionMs: null, itemsProcessed: 0 };

describe('runDeltas', () => {
  it('counts a run on the day of its end, and its compute time on the day of its start', () => {
    expect(ofDays(running, done)).toEqual([
      ['2031-06-01', { t_runs: 1, t_records: 7 }],
      ['2031-05-31', { t_busyMs: 2_000 }],
    ]);
    expect(ofDays(running, { ...done, state: 'failed', itemsProcessed: 0 })).toContainEqual([
      '2031-06-01',
      { t_runs: 1 },
    ]);
  });

  it('counts no usage for a run that was canceled in the queue, and for changes of ended runs', () => {
    const queued: Run = { ...running, state: 'queued', startedAt: null };

    expect(ofDays(queued, { ...queued, state: 'canceled', finishedAt: times.finishedAt })).toEqual([]);
    expect(ofDays(done, { ...done, acknowledged: { at: times.finishedAt, by: 'ana', note: null } })).toEqual([]);
    expect(ofDays(done, undefined)).toEqual([]);
  });
});

describe('storedBytesDeltas', () => {
  const at = Date.parse('2031-07-01T12:00:00Z');
  const stored = (storedBytes: number): Run => ({ ...done, storedBytes });

  it('counts the difference on the day of the change, also of a removed row', () => {
    const deltaOf = (bytes: number) => [{ counter: { kind: 'day', day: '2031-07-01' }, add: { d_storedBytes: bytes } }];

    expect(storedBytesDeltas(undefined, stored(5), at)).toEqual(deltaOf(5));
    expect(storedBytesDeltas(stored(5), stored(9), at)).toEqual(deltaOf(4));
    expect(storedBytesDeltas(stored(9), undefined, at)).toEqual(deltaOf(-9));
    expect(storedBytesDeltas(stored(9), stored(9), at)).toEqual([]);
  });
});
