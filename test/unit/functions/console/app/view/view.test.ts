import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Attempt, ListedJob, Run, RunWithOutput } from '../../../../../../functions/console/app/api/types.ts';
import { SERIES, seriesCount, seriesFor } from '../../../../../../functions/console/app/view/activity.ts';
import { describeOutcome, formatOperation, formatTargets } from '../../../../../../functions/console/app/view/audit.ts';
import {
  browserTimeZone,
  formatBytes,
  formatCount,
  formatDuration,
  formatLatency,
  formatMinute,
  formatPercent,
  formatRate,
  formatRelativeTime,
  formatTime,
  pluralize,
} from '../../../../../../functions/console/app/view/format.ts';
import { summarizeHealth } from '../../../../../../functions/console/app/view/health.ts';
import { filterJobs } from '../../../../../../functions/console/app/view/job-list.ts';
import {
  appendPage,
  mergeNewestPage,
  type PagedRows,
} from '../../../../../../functions/console/app/view/paged-rows.ts';
import { PATHS, parseRoute } from '../../../../../../functions/console/app/view/routes.ts';
import { runBars } from '../../../../../../functions/console/app/view/run-bars.ts';
import { runTimeline } from '../../../../../../functions/console/app/view/timeline.ts';
import { HEALTH_THRESHOLDS } from '../../../../../../functions/core/domain/health.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Returns a run that completed after two seconds, with the given fields replaced. */
function aRun(run: Partial<Run> = {}): Run {
  return {
    id: 1,
    run_id: 'job.inc.1',
    job_id: 'job',
    status: 'ok',
    created_at: '2026-11-22T12:00:00.000Z',
    started_at: '2026-11-22T12:00:01.000Z',
    finished_at: '2026-11-22T12:00:03.000Z',
    duration_ms: 2_000,
    scheduled_at: null,
    trigger: 'manual',
    attempt: 1,
    job_version: 1,
    exit_code: 0,
    reason: null,
    stdout: '',
    stderr: '',
    items_processed: 0,
    meta: null,
    output_truncated: false,
    acknowledged_at: null,
    acknowledged_by: null,
    acknowledged_note: null,
    redriven_from: null,
    late_start_at: null,
    late_finish_at: null,
    ...run,
  };
}

describe('browserTimeZone', () => {
  afterEach(() => vi.restoreAllMocks());
  const reported = (timeZone: string) => {
    const options = new Intl.DateTimeFormat().resolvedOptions();
    vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({ ...options, timeZone });
  };

  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['Etc/Unknown', 'UTC'],
    ['', 'UTC'],
  ])('resolves the reported zone %j to %s', (zone, expected) => {
    reported(zone);
    expect(browserTimeZone()).toBe(expected);
  });

  it('falls back to UTC for times in an unsupported zone', () => {
    expect(formatTime(NOON, 'Mars/Olympus_Mons')).toBe('22 Nov 2026, 12:00:00 UTC');
    expect(formatMinute(NOON, 'Mars/Olympus_Mons')).toBe('Sun 22 Nov, 12:00 UTC');
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 KB'],
    [9_999, '9.9 KB'],
    [12_345, '12 KB'],
    [2_400_000, '2.4 MB'],
    [5e15, '5000 TB'],
  ])('formats %d as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatPercent', () => {
  it.each([
    [0, '0 %'],
    [0.004, '0.4 %'],
    [0.156, '16 %'],
    [1, '100 %'],
    [null, '–'],
  ])('formats %j as %s', (share, text) => expect(formatPercent(share)).toBe(text));
});

it('formats an unknown latency as a dash', () => {
  expect([undefined, null, 12.4].map(formatLatency)).toEqual(['–', '–', '12 ms']);
});

it('formats rates below ten with two digits', () => {
  expect([1_234.4, 10, 7.46, 0.0412, 0].map(formatRate)).toEqual(['1,234/s', '10/s', '7.5/s', '0.041/s', '0/s']);
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1_000, '1.0 s'],
    [9_999, '9.9 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [90_000, '1 min 30 s'],
    [3_599_999, '59 min 59 s'],
    [2 * HOUR, '2 h'],
    [51 * HOUR, '2 d 3 h'],
  ])('formats %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatRelativeTime', () => {
  it.each([
    [NOON - 2_000, 'just now'],
    [NOON + 2_000, 'now'],
    [NOON - 12_000, '12 s ago'],
    [NOON - 3 * MINUTE, '3 min ago'],
    [NOON + 5 * HOUR, 'in 5 h'],
    [NOON - 50 * HOUR, '2 d ago'],
  ])('formats %i as %s', (time, text) => {
    expect(formatRelativeTime(time, NOON)).toBe(text);
  });

  it('formats times with their zone', () => {
    expect(formatTime(NOON, 'Europe/Berlin')).toBe('22 Nov 2026, 13:00:00 CET');
    expect(formatMinute(NOON, 'UTC')).toBe('Sun 22 Nov, 12:00 UTC');
  });

  it('formats counts with separators and plurals', () => {
    expect(formatCount(12_345)).toBe('12,345');
    expect([pluralize(1, 'run'), pluralize(2, 'run'), pluralize(0, 'match', 'matches')]).toEqual([
      '1 run',
      '2 runs',
      '0 matches',
    ]);
  });
});

describe('summarizeHealth', () => {
  const verdict = (failedCount: number, oldestPendingAgeMs: number | null) =>
    summarizeHealth({ failedCount, oldestPendingAgeMs }, HEALTH_THRESHOLDS);

  it('returns OK without failures and long waits', () => {
    expect(verdict(0, null)).toEqual({
      health: 'OK',
      reasons: ['No failed runs and no long waiting times.'],
    });
    expect(verdict(0, 10 * MINUTE - 1).health).toBe('OK');
  });

  it('explains a warning', () => {
    expect(verdict(1, null)).toEqual({ health: 'WARN', reasons: ['1 failed run (error threshold: 2).'] });
    expect(verdict(0, 10 * MINUTE)).toEqual({
      health: 'WARN',
      reasons: ['The oldest pending run has been waiting for 10 min (warning threshold: 10 min).'],
    });
  });

  it('explains every error', () => {
    expect(verdict(2, 61 * MINUTE)).toEqual({
      health: 'ERROR',
      reasons: [
        '2 failed runs (error threshold: 2).',
        'The oldest pending run has been waiting for 1 h 1 min (error threshold: 1 h).',
      ],
    });
  });
});

describe('runBars', () => {
  it('shows the newest run last, with heights by the square root of the duration and a minimum', () => {
    const runs = [aRun({ id: 3, run_id: 'c', duration_ms: 4_000 }), aRun({ id: 2, run_id: 'b', duration_ms: 1_000 })];

    const bars = runBars([...runs, aRun({ run_id: 'a', status: 'skipped', duration_ms: null })], 24);

    expect(bars.map(({ runId }) => runId)).toEqual(['a', 'b', 'c']);
    expect(bars.map(({ height }) => Math.round(height * 100))).toEqual([18, 59, 100]);
    expect(bars.map(({ label }) => label)).toEqual(['#1: skipped', '#2: succeeded, 1.0 s', '#3: succeeded, 4.0 s']);
  });

  it('shows only the newest runs if there are too many', () => {
    const runs = [3, 2, 1].map((id) => aRun({ id, run_id: String(id) }));
    expect(runBars(runs, 2).map(({ runId }) => runId)).toEqual(['2', '3']);
  });
});

describe('runTimeline', () => {
  const whole = ({ attempts = [], ...run }: Partial<RunWithOutput>) => ({ ...aRun(run), attempts });
  const shown = (run: Partial<RunWithOutput>) =>
    runTimeline(whole(run)).map(({ name, state, since }) => [name, state, since]);

  it('marks every step of an ended run as done', () => {
    expect(shown({})).toEqual([
      ['Queued', 'done', null],
      ['Started', 'done', 1_000],
      ['Succeeded', 'done', 2_000],
    ]);
  });

  it('marks the steps of a queued run as upcoming', () => {
    expect(shown({ status: 'pending', started_at: null, finished_at: null })).toEqual([
      ['Queued', 'now', null],
      ['Started', 'upcoming', null],
      ['End', 'upcoming', null],
    ]);
  });

  it('marks the start of a running run as current', () => {
    expect(shown({ status: 'running', finished_at: null })).toEqual([
      ['Queued', 'done', null],
      ['Started', 'now', 1_000],
      ['End', 'upcoming', null],
    ]);
  });

  it('says if a run never started', () => {
    const steps = runTimeline(whole({ status: 'canceled', started_at: null }));
    expect(steps.map(({ name, note }) => [name, note])).toEqual([
      ['Queued', 'manually'],
      ['Started', 'The run never started.'],
      ['Canceled', null],
    ]);
  });

  const anAttempt = (attempt: number, some: Partial<Attempt>): Attempt => ({
    attempt,
    status: 'error',
    started_at: null,
    finished_at: null,
    duration_ms: null,
    reason: 'exit code 1',
    stdout: '',
    stderr: '',
    output_truncated: false,
    ...some,
  });
  const first = anAttempt(1, { started_at: '2026-11-22T12:00:01.000Z', finished_at: '2026-11-22T12:00:02.000Z' });
  const second = anAttempt(2, { status: 'ok', reason: null, started_at: '2026-11-22T12:00:10.000Z' });

  it('has a step with a reason for each retry, and adds up to the duration', () => {
    const run = whole({ attempt: 2, attempts: [first, second], finished_at: '2026-11-22T12:00:14.000Z' });

    expect(runTimeline(run).map(({ name, since, note }) => [name, since, note])).toEqual([
      ['Queued', null, 'manually'],
      ['Started', 1_000, null],
      ['Attempt 2', 9_000, 'Attempt 1 failed: exit code 1'],
      ['Succeeded', 4_000, null],
    ]);
  });

  it('shows a run that waits for its next attempt as waiting, not as queued', () => {
    expect(shown({ status: 'pending', attempt: 1, attempts: [first], finished_at: null })).toEqual([
      ['Queued', 'done', null],
      ['Started', 'done', 1_000],
      ['Waiting for the next attempt', 'now', 1_000],
      ['End', 'upcoming', null],
    ]);
  });

  it('shows the current attempt as the current step', () => {
    const attempts = [first, { ...second, status: 'running' as const }];
    expect(shown({ status: 'running', attempt: 2, attempts, finished_at: null })).toEqual([
      ['Queued', 'done', null],
      ['Started', 'done', 1_000],
      ['Attempt 2', 'now', 9_000],
      ['End', 'upcoming', null],
    ]);
  });

  it('has one step for a skipped tick', () => {
    expect(runTimeline(whole({ status: 'skipped', reason: 'overlap' }))).toMatchObject([
      { name: 'Skipped', note: 'overlap' },
    ]);
  });
});

describe('the activity chart', () => {
  const slot = { start: '2026-11-22T12:00:00.000Z', pending: 1, running: 2, ok: 3, failed: 4, canceled: 5 };

  it('adds up queued and running runs', () => {
    expect(SERIES.map((series) => seriesCount(slot, series))).toEqual([3, 4, 5, 3]);
  });

  it('shows only the series of the selected status', () => {
    expect(seriesFor(null)).toEqual(SERIES);
    expect((['ok', 'error', 'timeout', 'running'] as const).map(seriesFor)).toEqual([
      ['ok'],
      ['failed'],
      ['failed'],
      ['active'],
    ]);
  });
});

describe('the audit trail', () => {
  it('formats operations, outcomes and targets', () => {
    expect(['deleteJob', 'createApiKey', 'redrive'].map(formatOperation)).toEqual([
      'Delete job',
      'Create API key',
      'Redrive',
    ]);
    expect([200, 403, 409, null].map((status) => describeOutcome(status)[0])).toEqual([
      'Succeeded',
      'Denied',
      'Failed (409)',
      'Unknown',
    ]);
    expect(formatTargets({ targets: ['a', 'b'], target_count: 70 })).toBe('a and 69 more');
    expect(formatTargets({ targets: [], target_count: 0 })).toBe('');
  });
});

describe('PagedRows', () => {
  const page = (ids: string, next: string | null) => ({ rows: ids.split(''), next });
  const toPair = ({ rows, next }: PagedRows<string>) => [rows.join(''), next];
  const merged = (known: PagedRows<string> | undefined, newest: PagedRows<string>) =>
    mergeNewestPage(known, newest, (id) => id);

  it('gains new rows at the top and keeps loaded rows', () => {
    const known = appendPage(page('fed', 'd'), page('cba', 'a'));
    expect(toPair(known)).toEqual(['fedcba', 'a']);
    expect(toPair(merged(known, page('hgf', 'f')))).toEqual(['hgfedcba', 'a']);
    expect(toPair(merged(known, page('fed', 'd')))).toEqual(['fedcba', 'a']);
  });

  it('loses rows that have left the first page', () => {
    const known = appendPage(page('fed', 'd'), page('cba', null));
    expect(toPair(merged(known, page('gfd', 'd')))).toEqual(['gfdcba', null]);
    expect(toPair(merged(known, page('gfc', 'c')))).toEqual(['gfcba', null]);
  });

  it('starts over if the pages do not overlap or there is only one page', () => {
    expect(toPair(merged(undefined, page('fed', 'd')))).toEqual(['fed', 'd']);
    expect(toPair(merged(page('cba', 'a'), page('zyx', 'x')))).toEqual(['zyx', 'x']);
    expect(toPair(merged(page('fed', 'd'), page('f', null)))).toEqual(['f', null]);
  });
});

describe('filterJobs', () => {
  const plain = { tags: [], description: null, integration_id: null, enabled: 1, last_status: null } as const;
  const job = (id: string, more: Partial<ListedJob> = {}) => ({ id, name: id, ...plain, ...more }) as ListedJob;
  const jobs = [
    job('zebra', { tags: ['Nightly'], last_status: 'error' }),
    job('ant', { integration_id: 'shop', enabled: 0, last_status: 'running' }),
  ];
  const ids = (...[text, filter]: [string, Parameters<typeof filterJobs>[2]]) =>
    filterJobs(jobs, text, filter).map(({ id }) => id);

  it('sorts by name and finds every word in any field', () => {
    expect(ids('', 'all')).toEqual(['ant', 'zebra']);
    expect(ids('NIGHT zeb', 'all')).toEqual(['zebra']);
    expect(ids('shop', 'all')).toEqual(['ant']);
    expect(ids('shop zebra', 'all')).toEqual([]);
  });

  it('filters by state', () => {
    expect(ids('', 'failed')).toEqual(['zebra']);
    expect(ids('', 'active')).toEqual(['ant']);
    expect(ids('', 'paused')).toEqual(['ant']);
    expect(ids('', 'enabled')).toEqual(['zebra']);
  });
});

describe('parseRoute', () => {
  it.each([
    ['/settings/integrations', { page: 'integrations' }],
    ['/console', { page: 'jobs' }],
    ['/console/', { page: 'jobs' }],
    ['/console/new', { page: 'new-job' }],
    [PATHS.job('a.b-c'), { page: 'job', id: 'a.b-c' }],
    [PATHS.editJob('a'), { page: 'edit-job', id: 'a' }],
    [PATHS.run('a', 'a.i.1'), { page: 'run', id: 'a', run: 'a.i.1' }],
    ['/console/jobs/%E0%A4%A', { page: 'job', id: '%E0%A4%A' }],
    ['/console/failures', { page: 'failures' }],
    ['/console/audit', { page: 'audit' }],
    ['/console/failures/x', { page: 'not-found' }],
    ['/console/jobs', { page: 'jobs' }],
    ['/console/activity/x', { page: 'not-found' }],
    ['/elsewhere', { page: 'not-found' }],
  ])('parses %s as %j', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });
});
