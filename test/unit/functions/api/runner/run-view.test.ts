import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toJobView, toLastRunView } from '../../../../../functions/api/runner/job-view.ts';
import { runnerOperations } from '../../../../../functions/api/runner/operations.ts';
import { runnerRoutes } from '../../../../../functions/api/runner/routes.ts';
import { RUN_STATUSES, runStatus, STATES_BY_STATUS } from '../../../../../functions/api/runner/run-status.ts';
import { toRunView } from '../../../../../functions/api/runner/run-view.ts';
import { runsQuery } from '../../../../../functions/api/runner/runs-query.ts';
import { truncateOutputsToFit } from '../../../../../functions/api/runner/truncate-output.ts';
import type { Registration } from '../../../../../functions/core/domain/job.ts';
import type { JobState } from '../../../../../functions/core/domain/job-state.ts';
import { type Run, SKIP_REASONS, type SkippedTick } from '../../../../../functions/core/domain/run.ts';
import type { Platform } from '../../../../../functions/core/platform/platform.ts';
import { acme } from '../../../../helpers/builders/executions.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';
import { NULL_FIELDS } from '../../../../helpers/clients/runner.ts';

const ref = { tenant: acme, jobId: 'sync-email', incarnation: 'k3f9a1b2c4', ulid: '01JNXA3V5T9YV0Q2Z6W8M4R7B1' };
const runId = 'sync-email.k3f9a1b2c4.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

const aRun = (overrides: Partial<Run> = {}): Run => ({
  ...ref,
  number: 42,
  state: 'completed',
  trigger: 'schedule',
  createdAt: '2026-03-02T01:03:00.050Z',
  scheduledAt: '2026-03-02T01:03:00.000Z',
  startedAt: '2026-03-02T01:03:00.000Z',
  finishedAt: '2026-03-02T01:03:12.345Z',
  attempt: 1,
  attemptStartedAt: null,
  jobVersion: 1,
  waiting: null,
  dueAt: null,
  sentAt: null,
  resends: 0,
  lease: null,
  canceledBy: null,
  failure: null,
  acknowledged: null,
  redrivenFrom: null,
  lateStartAt: null,
  lateFinishAt: null,
  exitCode: 0,
  executionMs: 12_001,
  stdout: 'Synced 15 messages',
  stderr: '',
  stdoutParts: 0,
  stderrParts: 0,
  storedBytes: 0,
  itemsProcessed: 15,
  meta: null,
  integrationId: null,
  flow: null,
  stop: null,
  generation: 0,
  purgeAt: '2026-04-01T01:03:12.345Z',
  ...overrides,
});

const aSkipped = (reason: SkippedTick['reason']): SkippedTick => ({
  ...ref,
  number: 43,
  state: 'skipped',
  trigger: 'schedule',
  reason,
  scheduledAt: '2026-03-02T01:04:00.000Z',
  createdAt: '2026-03-02T01:04:00.100Z',
  purgeAt: '2026-04-01T01:04:00.000Z',
});

describe('toRunView', () => {
  test('returns the fields of the contract and its extensions', () => {
    expect(toRunView(aRun())).toEqual({
      id: 42,
      job_id: 'sync-email',
      started_at: '2026-03-02T01:03:00.000Z',
      finished_at: '2026-03-02T01:03:12.345Z',
      status: 'ok',
      exit_code: 0,
      stdout: 'Synced 15 messages',
      stderr: '',
      duration_ms: 12_345,
      execution_ms: 12_001,
      run_id: runId,
      scheduled_at: '2026-03-02T01:03:00.000Z',
      trigger: 'schedule',
      attempt: 1,
      job_version: 1,
      reason: null,
      created_at: '2026-03-02T01:03:00.050Z',
      items_processed: 15,
      meta: null,
      output_truncated: false,
      ...NULL_FIELDS,
      stdout_tail: 'Synced 15 messages',
      stderr_tail: '',
    });
  });

  test('returns the error of a failed run and the ends of long outputs', () => {
    const stdout = `${'x'.repeat(5_000)}the end`;
    const failure = { kind: 'error', message: 'exit code 3' } as const;

    const view = toRunView(aRun({ state: 'failed', failure, stdout, stderr: 'short' }));

    expect(view).toMatchObject({ error: 'exit code 3', reason: 'exit code 3', stderr_tail: 'short', stdout });
    expect(view.stdout_tail).toBe(`${'x'.repeat(993)}the end`);
    expect(toRunView(aRun({ state: 'queued', failure })).error).toBeNull();
  });

  test.each(SKIP_REASONS)('returns an empty run with its reason for a tick skipped because of %s', (reason) => {
    expect(toRunView(aSkipped(reason))).toEqual({
      id: 43,
      job_id: 'sync-email',
      started_at: null,
      finished_at: null,
      status: 'skipped',
      exit_code: null,
      stdout: '',
      stderr: '',
      duration_ms: null,
      execution_ms: null,
      run_id: runId,
      scheduled_at: '2026-03-02T01:04:00.000Z',
      trigger: 'schedule',
      attempt: 0,
      job_version: null,
      reason,
      created_at: '2026-03-02T01:04:00.100Z',
      items_processed: 0,
      meta: null,
      output_truncated: false,
      ...NULL_FIELDS,
      stdout_tail: '',
      stderr_tail: '',
    });
  });

  const failure = (kind: 'error' | 'timeout' | 'lost', message: string) => ({ failure: { kind, message } });
  test.each<[Partial<Run>, string, string | null]>([
    [{ state: 'queued' }, 'pending', null],
    [{ state: 'queued', waiting: 'limit' }, 'pending', "waits for one of the tenant's other runs to end"],
    [{ state: 'queued', waiting: 'overlap' }, 'pending', 'waits for the run before it to end'],
    [{ state: 'queued', ...failure('error', 'exit code 3') }, 'pending', 'to be retried after: exit code 3'],
    [{ state: 'running', ...failure('error', 'of the attempt before') }, 'running', null],
    [{ state: 'stopping', canceledBy: 'ana@acme.test' }, 'running', 'canceled by ana@acme.test'],
    [{ state: 'completed' }, 'ok', null],
    [{ state: 'failed', ...failure('error', 'exit code 3') }, 'error', 'exit code 3'],
    [{ state: 'failed', ...failure('lost', 'its worker vanished') }, 'error', 'its worker vanished'],
    [{ state: 'failed', ...failure('timeout', 'longer than 1000 ms') }, 'timeout', 'longer than 1000 ms'],
    [{ state: 'canceled', canceledBy: 'ana@acme.test' }, 'canceled', 'canceled by ana@acme.test'],
  ])('converts %j to the status %s', (overrides, status, reason) => {
    expect(toRunView(aRun(overrides))).toMatchObject({ status, reason });
  });

  test('sets output_truncated if more output is stored', () => {
    expect(toRunView(aRun({ stdoutParts: 2 })).output_truncated).toBe(true);
    expect(toRunView(aRun({ stderrParts: 1 })).output_truncated).toBe(true);
  });

  test('returns the status by which the run is filtered', () => {
    for (const row of [aRun(), aRun({ state: 'stopping' }), aRun({ state: 'failed' }), aSkipped('late')]) {
      expect(STATES_BY_STATUS[runStatus(row)]).toContain(row.state);
    }
    expect(new Set(Object.values(STATES_BY_STATUS).flat()).size).toBe(7);
  });
});

describe('truncateOutputsToFit', () => {
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const page = (...outputs: [string, string][]) =>
    outputs.map(([stdout, stderr]) => toRunView(aRun({ stdout, stderr })));

  test('returns a page that fits unchanged', () => {
    const runs = page(['a', 'b']);

    expect(truncateOutputsToFit(runs, bytes(runs))).toBe(runs);
  });

  test('drops the start of the longest outputs and omits no run', () => {
    const runs = page(['x'.repeat(5_000), 'short'], ['y'.repeat(3_000), '']);

    const [first, second] = truncateOutputsToFit(runs, 4_000);

    expect(first?.stdout).toHaveLength(second?.stdout.length ?? 0);
    expect(first).toMatchObject({ stderr: 'short', output_truncated: true });
    expect(second).toMatchObject({ output_truncated: true });
  });

  test('keeps short outputs', () => {
    const [first, second] = truncateOutputsToFit(page(['x'.repeat(5_000), ''], ['y'.repeat(100), '']), 3_000);

    expect(first?.output_truncated).toBe(true);
    expect(second).toMatchObject({ stdout: 'y'.repeat(100), output_truncated: false });
  });

  test('never exceeds the limit and keeps the ends of outputs', () => {
    const output = fc.string({ unit: 'binary', maxLength: 2_000 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(output, output), { minLength: 1, maxLength: 8 }),
        fc.nat(12_000),
        (outputs, room) => {
          const runs = page(...outputs);
          const most = bytes(page(...outputs.map((): [string, string] => ['', '']))) + room;

          const fitted = truncateOutputsToFit(runs, most);

          expect(bytes(fitted)).toBeLessThanOrEqual(most);
          for (const [i, run] of fitted.entries()) {
            expect(runs[i]?.stdout.endsWith(run.stdout)).toBe(true);
            expect(run.stdout.isWellFormed()).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('toJobView', () => {
  const now = Date.parse('2026-03-02T01:03:30.000Z');
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

    expect(toJobView(job, registration, now)).toEqual({
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
      args: [],
      env: {},
      http: null,
      flow: null,
      description: null,
      timezone: 'UTC',
      start_at: null,
      end_at: null,
      jitter_seconds: 0,
      integration_id: null,
      tags: [],
      retry: { attempts: 1, backoff: 'exponential', delay_seconds: 10, max_delay_seconds: 3_600 },
      next_run: '2026-03-02T02:03:00.000Z',
      created_at: 'c',
      updated_at: 'u',
      registration: { status: 'failed', error: 'no such timezone' },
    });
  });

  test('returns no next run if the job is disabled, has no schedule, or its schedule has expired', () => {
    expect(toJobView(aJob({ enabled: false }), undefined, now)).toMatchObject({ enabled: 0, next_run: null });
    expect(toJobView(aJob({ schedule: null }), undefined, now).next_run).toBeNull();
    expect(toJobView(aJob({ schedule: 'at(2020-01-01T00:00:00)' }), undefined, now).next_run).toBeNull();
  });

  test('omits the registration of an earlier job with the same id', () => {
    expect(toJobView(aJob({ incarnation: 'another1' }), registration, now).registration).toBeNull();
  });

  test('returns the newest run, or else the run that ended last', () => {
    const last = {
      ulid: ref.ulid,
      number: 42,
      state: 'failed',
      timedOut: true,
      startedAt: '2026-03-02T01:00:00.000Z',
    } as const;
    const state = { lastRun: last } as unknown as JobState;

    expect(toLastRunView(undefined, undefined)).toEqual({ last_status: null, last_run: null });
    expect(toLastRunView(state, undefined)).toEqual({ last_status: 'timeout', last_run: '2026-03-02T01:00:00.000Z' });
    expect(toLastRunView(state, aRun({ state: 'queued', startedAt: null }))).toEqual({
      last_status: 'pending',
      last_run: null,
    });
    expect(toLastRunView(state, aRun({ state: 'running' }))).toEqual({
      last_status: 'running',
      last_run: '2026-03-02T01:03:00.000Z',
    });
  });
});

describe('runsQuery', () => {
  test('defaults to the newest 50 runs of every status', () => {
    expect(runsQuery.parse({})).toEqual({ limit: 50, status: RUN_STATUSES, before: null });
  });

  test('accepts a limit, one or several statuses, and a start position', () => {
    expect(runsQuery.parse({ limit: '1000', status: 'ok,error,ok', before: runId })).toEqual({
      limit: 1_000,
      status: ['ok', 'error'],
      before: runId,
    });
  });

  test.each(['0', '-1', '1001', '1.5', '', 'ten', '1e2', ' 5'])('rejects the limit "%s"', (limit) => {
    expect(runsQuery.safeParse({ limit }).error?.issues).toEqual([
      expect.objectContaining({ path: ['limit'], message: `must be 1–1000, got '${limit}'` }),
    ]);
  });

  test.each(['', 'failed', 'ok,', 'OK'])('rejects the status "%s"', (status) => {
    expect(runsQuery.safeParse({ status }).error?.issues[0]?.message).toMatch(/^must be ok, error, timeout/);
  });
});

test('runnerOperations has an operation for each route, and each operation has a route', () => {
  const operations = runnerOperations({} as Platform);
  const named = new Set<string>(runnerRoutes.map(({ operation }) => operation));

  expect(new Set(Object.keys(operations))).toEqual(named);
  expect(runnerRoutes.filter(({ action }) => action === 'public').map(({ path }) => path)).toEqual([
    '/health',
    '/status',
  ]);
});
