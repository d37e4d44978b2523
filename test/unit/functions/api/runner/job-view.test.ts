import { describe, expect, test } from 'vitest';
import { toJobView, toLastRunView } from '../../../../../functions/api/runner/job-view.ts';
import type { Job, Registration } from '../../../../../functions/core/domain/job.ts';
import type { JobState } from '../../../../../functions/core/domain/job-state.ts';
import { nextRunTime } from '../../../../../functions/core/engine/start/job-schedule.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';

describe('toJobView', () => {
  const now = Date.parse('2026-03-02T01:03:30.000Z');
  const times = {
    nextRun: '2026-03-02T02:03:00.000Z',
    pause: { from: '2026-03-01T00:00:00.000Z', until: '2026-03-03T00:00:00.000Z' },
  };
  const registration: Registration = {
    jobId: 'sync-email',
    incarnation: 'abc12345',
    version: 1,
    status: 'failed',
    content: '',
    error: 'no such timezone',
    updatedAt: '2026-03-02T00:00:00.000Z',
  };

  test('returns the fields of the contract and its extensions', () => {
    const job = aJob({
      name: 'Sync Email Metadata',
      schedule: '3 * * * *',
      onFailure: 'C0123456789',
      createdAt: 'c',
      updatedAt: 'u',
    });

    expect(toJobView(job, registration, times)).toEqual({
      id: 'sync-email',
      name: 'Sync Email Metadata',
      schedule: '3 * * * *',
      script: 'echo',
      type: 'script',
      enabled: 1,
      timeout_ms: 60_000,
      overlap_policy: 'skip',
      start_grace_s: 0,
      finish_grace_s: 0,
      on_failure: 'C0123456789',
      on_success: null,
      on_late: null,
      searchable: [],
      args: [],
      env: {},
      http: null,
      flow: null,
      lambda: null,
      event: null,
      queue: null,
      container: null,
      stateMachine: null,
      description: null,
      timezone: 'UTC',
      schedules: null,
      exclude_calendars: [],
      require_calendars: [],
      start_at: null,
      end_at: null,
      jitter_seconds: 0,
      catch_up: 'none',
      catch_up_window_s: 86_400,
      catch_up_limit: 100,
      after: null,
      concurrency: null,
      throttle: null,
      integration_id: null,
      tags: [],
      labels: {},
      retry: { attempts: 1, backoff: 'exponential', delay_seconds: 10, max_delay_seconds: 3_600 },
      priority: 3,
      expires_in_s: null,
      next_run: '2026-03-02T02:03:00.000Z',
      paused: true,
      paused_until: '2026-03-03T00:00:00.000Z',
      created_at: 'c',
      updated_at: 'u',
      registration: { status: 'failed', error: 'no such timezone' },
    });
  });

  test('returns no next run if the job is disabled, has no schedule, or its schedule has expired', () => {
    const nextRun = (job: Job) => nextRunTime(job, now, undefined);

    expect(nextRun(aJob({ enabled: false }))).toBeNull();
    expect(nextRun(aJob({ schedule: null }))).toBeNull();
    expect(nextRun(aJob({ schedule: 'at(2020-01-01T00:00:00)' }))).toBeNull();
  });

  test('omits the registration of an earlier job with the same id', () => {
    expect(toJobView(aJob({ incarnation: 'another1' }), registration, times).registration).toBeNull();
  });

  test('returns the newest run, or else the run that ended last', () => {
    const last = {
      ulid: '01JNXA3V5T9YV0Q2Z6W8M4R7B1',
      number: 42,
      state: 'failed',
      timedOut: true,
      startedAt: '2026-03-02T01:00:00.000Z',
    } as const;
    const state = { lastRun: last } as unknown as JobState;

    expect(toLastRunView(undefined, undefined)).toEqual({ last_status: null, last_run: null });
    expect(toLastRunView(state, undefined)).toEqual({ last_status: 'timeout', last_run: '2026-03-02T01:00:00.000Z' });
    expect(toLastRunView(state, endedRun(aJob(), 43, { state: 'queued', startedAt: null }))).toEqual({
      last_status: 'pending',
      last_run: null,
    });
    const startedAt = '2026-03-02T01:03:00.000Z';
    expect(toLastRunView(state, endedRun(aJob(), 43, { state: 'running', startedAt }))).toEqual({
      last_status: 'running',
      last_run: startedAt,
    });
  });
});
