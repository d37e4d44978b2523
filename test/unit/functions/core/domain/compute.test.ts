import { describe, expect, test } from 'vitest';
import {
  computeCount,
  computeDayOf,
  computeMsOf,
  isOutdatedComputeCount,
  lostComputeMs,
  monthEnd,
  toComputeSeconds,
  toMonth,
} from '../../../../../functions/core/domain/compute.ts';
import { runDeltas } from '../../../../../functions/core/domain/counters.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aFlowJob, aFlowRun } from '../../../../helpers/builders/flow-rows.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';
import { START } from '../../../../helpers/fakes/platform.ts';

const iso = (time: number) => new Date(time).toISOString();
const lease = (until: number) => ({ token: 't', until: iso(until) });

describe('months', () => {
  test('begin and end in UTC, also at the end of a year', () => {
    const end = monthEnd('2031-12');

    expect(iso(end)).toBe('2032-01-01T00:00:00.000Z');
    expect([toMonth(end - 1), toMonth(end)]).toEqual(['2031-12', '2032-01']);
    expect(computeCount('2031-12')).toBe('compute_2031_12');
  });

  test.each([
    ['compute_2032_01', false],
    ['compute_2031_12', false],
    ['compute_2031_11', true],
    ['compute_2030_12', true],
    ['completed', false],
    ['ms', false],
  ])('are outdated in January unless they are the month or the one before: %s %s', (name, outdated) => {
    expect(isOutdatedComputeCount(name, Date.UTC(2032, 0, 31))).toBe(outdated);
  });
});

describe('computeMsOf', () => {
  test('adds the last attempt to those before it', () => {
    const run = endedRun(aJob(), 1, { priorComputeMs: 500, executionMs: 990 });

    expect(computeMsOf(run)).toBe(1_490);
    expect(computeDayOf(run)).toBe(iso(START).slice(0, 10));
    expect(toComputeSeconds(1_999)).toBe(1);
  });

  test('counts nothing for a run that was never executed', () => {
    expect(computeMsOf(endedRun(aJob(), 1, { executionMs: null }))).toBe(0);
  });
});

describe('lostComputeMs', () => {
  const running = { state: 'running', startedAt: iso(START), finishedAt: null } as const;

  test('returns the time until the last heartbeat, 60 s before the expiry of the lease', () => {
    const run = endedRun(aJob(), 1, running);

    expect(lostComputeMs(run, lease(START + 100_000))).toBe(40_000);
    expect(lostComputeMs(run, lease(START + 59_000))).toBe(0);
  });

  test('begins at the start of the newest attempt', () => {
    const run = endedRun(aJob(), 1, { ...running, attempt: 2, attemptStartedAt: iso(START + 30_000) });

    expect(lostComputeMs(run, lease(START + 100_000))).toBe(10_000);
  });

  test('returns 0 for the planning of a flow', () => {
    expect(lostComputeMs(aFlowRun(aFlowJob(), START), lease(START + 500_000))).toBe(0);
  });
});

describe('runDeltas', () => {
  const computeOf = (...images: Parameters<typeof runDeltas>) =>
    runDeltas(...images).flatMap(({ counter, add }) =>
      Object.entries(add).flatMap(([name, ms]) => (name.startsWith('t_compute') ? [[counter.kind, name, ms]] : [])),
    );
  const running = endedRun(aJob(), 1, { state: 'running', finishedAt: null, executionMs: null });

  test('counts an attempt for the tenant in the month of its start', () => {
    const retried = { ...running, state: 'queued', priorComputeMs: 700 } as const;
    const again = { ...retried, state: 'running', attempt: 2, attemptStartedAt: '2031-06-01T00:00:00.000Z' } as const;
    const ended = { ...again, state: 'completed', executionMs: 300, finishedAt: '2031-06-01T00:00:01.000Z' } as const;

    expect(computeOf(running, retried)).toEqual([['tenant', 't_compute_2031_05', 700]]);
    expect(computeOf(retried, again)).toEqual([]);
    expect(computeOf(again, ended)).toEqual([['tenant', 't_compute_2031_06', 300]]);
    expect(computeOf(ended, { ...ended, acknowledged: { at: iso(START), by: 'ana', note: null } })).toEqual([]);
    expect(computeOf(ended, undefined)).toEqual([]);
  });

  test('counts slices of a flow in the month in which they are added', () => {
    const flow = aFlowRun(aFlowJob(), START, { state: 'running' });
    const added = { ...flow, priorComputeMs: 600_000, computeDay: '2031-06-30' };
    const ended = {
      ...added,
      state: 'completed',
      priorComputeMs: 650_000,
      finishedAt: '2031-07-01T00:00:00.000Z',
    } as const;

    expect(computeOf(flow, added)).toEqual([['tenant', 't_compute_2031_06', 600_000]]);
    expect(computeOf(added, ended)).toEqual([['tenant', 't_compute_2031_07', 50_000]]);
  });

  test('counts a canceled run until its cancellation', () => {
    const canceled = { ...running, state: 'canceled', executionMs: 1_200, finishedAt: iso(START) } as const;

    expect(computeOf(running, canceled)).toEqual([['tenant', 't_compute_2031_05', 1_200]]);
  });
});
