import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runStatus, STATES_BY_STATUS } from '../../../../../functions/api/runner/run-status.ts';
import { toRunView } from '../../../../../functions/api/runner/run-view.ts';
import { truncateOutputsToFit } from '../../../../../functions/api/runner/truncate-output.ts';
import { type Run, SKIP_REASONS, type SkippedTick } from '../../../../../functions/core/domain/run.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { acme } from '../../../../helpers/builders/executions.ts';
import { NULL_FIELDS } from '../../../../helpers/clients/runner.ts';

const ref = { tenant: acme, jobId: 'sync-email', incarnation: 'k3f9a1b2c4', ulid: '01JNXA3V5T9YV0Q2Z6W8M4R7B1' };
const runId = 'sync-email.k3f9a1b2c4.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

const aRun = (overrides: Partial<Run> = {}): Run =>
  endedRun({ tenant: acme, id: ref.jobId, incarnation: ref.incarnation }, 42, {
    ulid: ref.ulid,
    trigger: 'schedule',
    createdAt: '2026-03-02T01:03:00.050Z',
    scheduledAt: '2026-03-02T01:03:00.000Z',
    startedAt: '2026-03-02T01:03:00.000Z',
    finishedAt: '2026-03-02T01:03:12.345Z',
    executionMs: 12_001,
    stdout: 'Synced 15 messages',
    itemsProcessed: 15,
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
  chain: null,
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
      run_at: null,
      trigger: 'schedule',
      attempt: 1,
      job_version: 1,
      reason: null,
      created_at: '2026-03-02T01:03:00.050Z',
      items_processed: 15,
      meta: null,
      output_truncated: false,
      ...NULL_FIELDS,
      priority: 3,
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
      run_at: null,
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
