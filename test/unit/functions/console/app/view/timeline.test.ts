import { describe, expect, it } from 'vitest';
import type { Attempt, RunWithOutput } from '../../../../../../functions/console/app/api/types.ts';
import { runTimeline } from '../../../../../../functions/console/app/view/timeline.ts';
import { aRun } from '../../../../../helpers/builders/run-view.ts';

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
    execution_ms: null,
    exit_code: null,
    job_version: 1,
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
