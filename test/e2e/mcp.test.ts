import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashedUlid } from '../../functions/core/domain/run-id.ts';
import { forEachConcurrent } from '../../functions/core/platform/for-each-concurrent.ts';
import { getJob } from '../../functions/core/store/jobs.ts';
import { putRun } from '../../functions/core/store/runs.ts';
import { projectRoot } from '../../lib/project-root.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { connectMcpClient, type McpClient, textOf } from '../helpers/clients/mcp.ts';
import { pacedFlow } from '../helpers/clients/pipelines.ts';
import { type Runner, runnerClient } from '../helpers/clients/runner.ts';
import { shareTestSystem } from '../helpers/system/shared-system.ts';
import { systemDb } from '../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** `jobdeck mcp` in its own processes, with the SDK's client, against a running system. */

// A process takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ENTRY = join(projectRoot, 'bin', 'jobdeck-cli.mjs');
const MANY_RUNS = 200;

let system: TestSystem;
let dataDir: string;
/** The tenant of most tests, with the tools that write. */
let tenant: string;
let runner: Runner;
let mcp: McpClient;
const stderr: string[] = [];
const clients: McpClient[] = [];

const environment = (extra: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
  JOBDECK_URL: system.url,
  JOBDECK_DATA: dataDir,
  ...extra,
});

async function startClient(args: readonly string[], extra: Readonly<Record<string, string>> = {}): Promise<McpClient> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [ENTRY, 'mcp', ...args],
    env: environment(extra),
    stderr: 'pipe',
  });
  transport.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  const client = await connectMcpClient(transport);
  clients.push(client);
  return client;
}

beforeAll(async () => {
  system = await shareTestSystem();
  dataDir = mkdtempSync(join(tmpdir(), 'jobdeck-mcp-'));
  tenant = freshTenant('mcp');
  runner = runnerClient(await system.as(tenant));
  mcp = await startClient(['--allow-write', '--token', runner.api.token]);
  await runner.define({ id: 'hello', script: 'echo', args: ['hello'], schedule: '0 3 * * *', tags: ['nightly'] });
  await runner.define({ id: 'bad', script: 'fail', args: ['3'] });
  await runner.define({ id: 'slow', script: 'sleep', args: ['300'] });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  rmSync(dataDir, { recursive: true, force: true });
  await system?.stop();
});

interface RunAnswer {
  readonly run: { readonly run_id: string; readonly status: string };
  readonly ended: boolean;
  readonly idempotency_key: string;
}

const triggerRun = (input: Readonly<Record<string, unknown>>) => mcp.read<RunAnswer>('trigger_run', input);

describe('jobdeck mcp', () => {
  it('lists, explains and defines jobs', async () => {
    const { read, fail } = mcp;

    expect(await read('list_scripts')).toMatchObject({
      scripts: expect.arrayContaining([{ name: 'sleep', description: expect.any(String), usage: '[seconds]' }]),
    });
    expect(await read('list_scripts', { after: 'zz' })).toEqual({ scripts: [] });
    expect(await read('list_targets')).toEqual({ targets: [] });
    expect(await read('create_job', { id: 'made', script: 'echo', schedule: '*/5 * * * *' })).toEqual({
      ok: true,
      id: 'made',
    });
    expect(await fail('create_job', { id: 'made', script: 'echo' })).toMatch(/^HTTP 409: .*made/);
    expect(await fail('create_job', { id: 'other', script: 'nothing' })).toMatch(
      /^HTTP 400: script: .*known are .*echo/,
    );
    expect(await fail('create_job', { id: 'other', script: 'echo', schedule: '61 * * * *' })).toMatch(
      /HTTP 400: schedule/,
    );
    expect(await fail('create_job', { id: 'no/slash' })).toContain('id');
    expect(
      await read('create_job', {
        id: 'several',
        script: 'echo',
        schedules: [
          { schedule: '0 3 * * *', payload: { part: 1 } },
          { schedule: '0 15 * * *', timezone: 'UTC' },
        ],
        after: { jobs: [{ job: 'made', on: 'failure' }] },
        priority: 2,
        expires_in_s: 600,
      }),
    ).toEqual({ ok: true, id: 'several' });
    const several = await read<{
      readonly job: { readonly schedules: readonly unknown[]; readonly after: unknown };
      readonly next_runs: readonly string[];
    }>('get_job', { job_id: 'several' });
    expect(several.job).toMatchObject({
      schedules: [{ schedule: '0 3 * * *', timezone: 'UTC', payload: { part: 1 } }, { schedule: '0 15 * * *' }],
      after: { jobs: [{ job: 'made', on: 'failure' }], mode: 'all' },
    });
    expect(new Set(several.next_runs.map((time) => time.slice(11, 16)))).toEqual(new Set(['03:00', '15:00']));
    expect(await read('delete_job', { job_id: 'several' })).toEqual({ ok: true, job_id: 'several' });
    expect(await read('validate_job', { id: 'valid', script: 'echo', schedule: '0 3 * * *' })).toMatchObject({
      valid: true,
      next_runs: Array.from({ length: 5 }, () => expect.stringMatching(/T03:00:00.000Z$/)),
    });
    expect(await read('validate_job', { id: 'invalid', script: 'nothing', jitter_seconds: -1 })).toMatchObject({
      valid: false,
      errors: expect.arrayContaining([expect.objectContaining({ field: 'jitter_seconds' })]),
    });
    const { job, etag, next_runs } = await read<Record<string, unknown>>('get_job', { job_id: 'made' });
    expect(job).toMatchObject({ id: 'made', name: 'made', script: 'echo', enabled: 1 });
    expect(next_runs).toHaveLength(5);
    await read('disable_job', { job_id: 'made' });
    expect(await fail('trigger_run', { job_id: 'made' })).toMatch(/^HTTP 409: /);
    expect(await fail('update_job', { job_id: 'made', if_match: etag, name: 'New' })).toMatch(/^HTTP 412: /);
    await read('enable_job', { job_id: 'made' });
    expect(await read('update_job', { job_id: 'made', name: 'New' })).toMatchObject({
      ok: true,
      etag: expect.any(String),
    });
    expect(await read('list_jobs', { text: 'NEW' })).toMatchObject({ jobs: [{ id: 'made', name: 'New' }], matched: 1 });
    expect(await read('list_jobs', { tag: 'nightly', enabled: true, type: 'script' })).toMatchObject({ matched: 1 });
    expect(await read('list_jobs', { limit: 1 })).toMatchObject({ left_out: [expect.stringContaining('after=bad')] });
    expect(await read('list_jobs', { last_status: 'none', after: 'hello' })).toMatchObject({
      jobs: [{ id: 'made' }, {}],
    });
    expect(await read('get_job', { job_id: 'made', version: 1 })).toMatchObject({ version: { current: false } });
    await read('delete_job', { job_id: 'made' });
    expect(await fail('get_job', { job_id: 'made' })).toMatch(/^HTTP 404: Job not found/);
    for (const verb of ['enable_job', 'disable_job', 'delete_job', 'update_job']) {
      expect(await fail(verb, { job_id: 'missing' })).toMatch(/^HTTP 404: /);
    }
  });

  it('reads, sets and deletes values of the state', async () => {
    const { read, fail } = mcp;
    const place = { namespace: 'sync-orders', key: 'after' };

    const { etag } = await read<{ readonly etag: string }>('set_state', {
      ...place,
      value: { id: 7 },
      if_absent: true,
    });

    expect(await read('get_state', place)).toMatchObject({ value: { id: 7 }, etag });
    expect(await read('list_hooks')).toEqual({ hooks: [] });
    expect(await read('get_usage', { group: 'month' })).toMatchObject({
      usage: [{ month: expect.any(String), runs: expect.any(Number), stored_bytes: expect.any(Number) }],
    });
    expect(await read('list_state')).toMatchObject({ namespaces: ['sync-orders'] });
    expect(await read('list_state', { namespace: 'sync-orders', prefix: 'a' })).toMatchObject({
      entries: [{ key: 'after', value: { id: 7 } }],
    });
    expect(await fail('set_state', { ...place, value: 8, if_absent: true })).toMatch(/^HTTP 412: /);
    await read('set_state', { ...place, value: null, if_match: etag, ttl_s: 3_600 });
    expect(await read('get_state', place)).toMatchObject({ value: null, expires_at: expect.any(String) });
    expect(await fail('delete_state', { ...place, if_match: etag })).toMatch(/^HTTP 412: /);
    expect(await read('delete_state', place)).toEqual({ ok: true });
    expect(await fail('get_state', place)).toMatch(/^HTTP 404: Value not found/);
  });

  it('defines, shows and deletes calendars', async () => {
    const { read, fail } = mcp;
    const ical = [
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'DTSTART;VALUE=DATE:20991225',
      'DTEND;VALUE=DATE:20991227',
      'END:VEVENT',
      'END:VCALENDAR',
    ].join('\r\n');

    expect(await read('put_calendar', { name: 'holidays', ical, if_absent: true })).toMatchObject({
      ok: true,
      count: 2,
      last_date: '2099-12-26',
      changed: true,
    });
    expect(await fail('put_calendar', { name: 'holidays', dates: [], if_absent: true })).toMatch(/^HTTP 412: /);
    expect(await fail('put_calendar', { name: 'holidays', dates: ['25.12.'] })).toMatch(/^HTTP 400: dates\[0\]: /);
    await read('create_job', { id: 'closed', script: 'echo', exclude_calendars: ['holidays'] });
    expect(await read('list_calendars')).toMatchObject({ calendars: [{ name: 'holidays', count: 2, expired: false }] });
    expect(await read('list_calendars', { after: 'holidays' })).toEqual({ calendars: [] });
    const { calendar, dates, etag } = await read<Record<string, unknown>>('get_calendar', { name: 'holidays' });
    expect({ calendar, dates }).toMatchObject({
      calendar: { name: 'holidays', jobs: ['closed'] },
      dates: ['2099-12-25', '2099-12-26'],
    });
    expect(await read('get_calendar', { name: 'holidays', from: '2099-12-26' })).toMatchObject({
      dates: ['2099-12-26'],
    });
    expect(await fail('delete_calendar', { name: 'holidays' })).toMatch(/^HTTP 409: .*closed/);
    await read('delete_job', { job_id: 'closed' });
    expect(await read('put_calendar', { name: 'holidays', dates: ['2099-12-25'], if_match: etag })).toMatchObject({
      count: 1,
    });
    expect(await fail('delete_calendar', { name: 'holidays', if_match: etag })).toMatch(/^HTTP 412: /);
    expect(await read('delete_calendar', { name: 'holidays' })).toEqual({ ok: true });
    expect(await fail('get_calendar', { name: 'holidays' })).toMatch(/^HTTP 404: Calendar not found/);
  });

  it('pauses and resumes the schedule of a job', async () => {
    const until = new Date(Date.now() + 86_400_000).toISOString();

    expect(await mcp.read('pause_job', { job_id: 'hello', until })).toEqual({
      ok: true,
      paused: true,
      paused_until: until,
    });
    expect(await mcp.read('get_job', { job_id: 'hello' })).toMatchObject({ job: { paused: true } });
    expect(await mcp.fail('pause_job', { job_id: 'hello', until: '2020-01-01T00:00:00Z' })).toMatch(
      /^HTTP 400: until: /,
    );
    expect(await mcp.read('resume_job', { job_id: 'hello' })).toEqual({ ok: true, paused: false, paused_until: null });
  });

  it('creates, shows and controls backfills', async () => {
    await mcp.read('create_job', { id: 'yearly', script: 'echo', schedule: '0 0 1 1 *' });
    const range = { job_id: 'yearly', from: '2020-01-01T00:00:00Z', to: '1d', concurrency: 2, note: 'again' };

    const { backfill, idempotency_key } = await mcp.read<{
      readonly backfill: { readonly id: string };
      readonly idempotency_key: string;
    }>('create_backfill', range);
    const one = { job_id: 'yearly', backfill_id: backfill.id };
    expect(backfill).toMatchObject({ total: expect.any(Number), note: 'again', concurrency: 2 });
    expect(await mcp.read('create_backfill', { ...range, to: '2020-01-01T00:00:00Z' })).toMatchObject({
      backfill: { total: 1 },
    });
    expect(await mcp.fail('create_backfill', { ...range, note: 'other', idempotency_key })).toMatch(/^HTTP 422: /);
    await waitForAssertion(async () =>
      expect(await mcp.read('get_backfill', one)).toMatchObject({
        backfill: { state: 'completed', done: expect.any(Number), active: 0 },
      }),
    );
    expect(await mcp.fail('control_backfill', { ...one, action: 'pause' })).toMatch(/^HTTP 409: /);
    const long = await mcp.read<{ readonly backfill: { readonly id: string } }>('create_backfill', {
      ...range,
      from: '1980-01-01T00:00:00Z',
      concurrency: 1,
    });
    const second = { job_id: 'yearly', backfill_id: long.backfill.id };
    expect(await mcp.read('control_backfill', { ...second, action: 'pause' })).toMatchObject({
      backfill: { state: 'paused' },
    });
    expect(await mcp.read('control_backfill', { ...second, action: 'cancel' })).toMatchObject({
      backfill: { state: 'canceled' },
    });
    expect(await mcp.read('list_backfills', { job_id: 'yearly', limit: 1 })).toMatchObject({
      backfills: [{ id: second.backfill_id }],
      next_cursor: second.backfill_id,
    });
  });

  it('returns the chain of a run', async () => {
    await mcp.read('create_job', { id: 'load', script: 'echo' });
    await mcp.read('create_job', { id: 'report', script: 'echo', after: { jobs: [{ job: 'load', on: 'success' }] } });
    const { run } = await triggerRun({ job_id: 'load' });

    await waitForAssertion(async () =>
      expect(await mcp.read('get_run_tree', { run_id: run.run_id })).toMatchObject({
        runs: [
          { depth: 0, run_id: run.run_id, status: 'ok' },
          { depth: 1, job_id: 'report', parent_run_id: run.run_id, status: 'ok' },
        ],
      }),
    );
  });

  it('replaces destinations and rules of notifications', async () => {
    const rule = { name: 'nightly', match: { tag: 'nightly' }, on: ['failure'], to: 'slack:#ops' };

    expect(await mcp.read('set_notifications', { on_late: 'slack:#late', rules: [rule] })).toMatchObject({
      on_failure: null,
      on_late: 'slack:#late',
      rules: [{ name: 'nightly', match: { tag: 'nightly', job: null }, consecutive_failures: 1 }],
    });
    expect(await mcp.read('get_notifications')).toMatchObject({
      on_late: 'slack:#late',
      rules: [{ to: 'slack:#ops' }],
    });
    expect(await mcp.fail('set_notifications', { on_failure: 'nowhere' })).toMatch(/^HTTP 400: on_failure: /);
    expect(await mcp.read('set_notifications')).toMatchObject({ on_late: null, rules: [] });
  });

  it('triggers a run once for an idempotency key, and reads it and its output', async () => {
    const first = await triggerRun({ job_id: 'hello' });
    const again = await triggerRun({ job_id: 'hello', idempotency_key: first.idempotency_key });
    const other = await triggerRun({ job_id: 'hello' });

    const { run_id: runId } = first.run;
    expect(first).toMatchObject({ ended: true, run: { status: 'ok', exit_code: 0, stdout_tail: 'hello' } });
    expect(again.run.run_id).toBe(runId);
    expect(other.run.run_id).not.toBe(runId);
    expect(await mcp.read('get_run', { run_id: runId })).toMatchObject({
      run: { run_id: runId, status: 'ok', trigger: 'manual' },
      attempts: [{ attempt: 1, status: 'ok' }],
    });
    expect(await mcp.read('get_output', { run_id: runId })).toEqual({
      status: 'ok',
      stdout: 'hello',
      stderr: '',
      next: '1.5.0',
      more: false,
    });
    expect(await mcp.read('get_output', { run_id: runId, after: '1.3.0' })).toMatchObject({
      stdout: 'lo',
      next: '1.5.0',
    });
    expect(await mcp.read('get_output', { run_id: runId, after: '9.3.0' })).toMatchObject({
      stdout: 'hello',
      left_out: ['the position is not of attempt 1, whose output starts here'],
    });
    expect(await mcp.fail('get_output', { run_id: runId, after: 'x' })).toContain(
      'must be the next of an earlier answer',
    );
    expect(await mcp.fail('trigger_run', { job_id: 'missing' })).toMatch(/^HTTP 404: /);
    expect(await mcp.fail('trigger_run', { job_id: 'hello', idempotency_key: '' })).toContain('1–255');
    await waitForAssertion(async () => {
      const query = { job_id: 'hello', since: '1h', status: ['ok'], trigger: 'manual' };
      expect(await mcp.read('list_runs', query)).toMatchObject({ runs: [{ status: 'ok' }, { run_id: runId }] });
    });
  });

  it('returns a run under way at once, cancels it, and rejects a second cancel', async () => {
    const { run, ended } = await triggerRun({ job_id: 'slow', wait_seconds: 0 });

    expect({ ended, status: run.status }).toEqual({ ended: false, status: expect.stringMatching(/pending|running/) });
    await waitForAssertion(async () =>
      expect(await mcp.read('get_run', { run_id: run.run_id })).toMatchObject({ run: { status: 'running' } }),
    );
    expect(await mcp.read('cancel_run', { run_id: run.run_id })).toMatchObject({
      ended: true,
      run: { status: 'canceled' },
    });
    expect(await mcp.fail('cancel_run', { run_id: run.run_id })).toMatch(/^HTTP 409: /);
  });

  it('lists, redrives and acknowledges failures', async () => {
    const { run } = await triggerRun({ job_id: 'bad' });
    const runId = run.run_id;
    await waitForAssertion(async () =>
      expect(await mcp.read('list_failures', { group: 'none' })).toMatchObject({
        runs: [{ run_id: runId, reason: 'exit code 3' }],
      }),
    );

    const { causes } = await mcp.read<{ causes: readonly { cause: string }[] }>('list_failures', { job_id: 'bad' });
    const cause = causes[0]?.cause;
    expect(causes).toMatchObject([{ job_id: 'bad', count: 1, run_ids: [runId] }]);
    expect(await mcp.read('list_failures', { group: 'message' })).toMatchObject({ messages: [{ count: 1 }] });
    expect(await mcp.read('status')).toMatchObject({ tenant, failing: [{ job_id: 'bad' }], health: { ok: true } });
    expect(await mcp.read('redrive', { cause, dry_run: true })).toMatchObject({
      matched: 1,
      started: [{ run_id: runId }],
    });
    expect(await mcp.read('change_runs', { action: 'redrive', job_id: 'bad', dry_run: true })).toMatchObject({
      runs: [{ run_id: runId }],
      left: 0,
      dry_run: true,
    });
    expect(await mcp.read('redrive', { run_ids: [runId] })).toMatchObject({ started: [{ run_id: runId }], left: 0 });
    expect(await mcp.read('redrive', { run_ids: [runId] })).toMatchObject({
      started: [],
      skipped: [{ run_id: runId }],
    });
    expect(await mcp.fail('redrive')).toMatch(/^HTTP 400: body: must select failed runs/);
    await mcp.read('unacknowledge', { run_id: runId });
    expect(await mcp.read('acknowledge', { run_ids: [runId], note: 'known' })).toMatchObject({ acknowledged: 1 });
    expect(await mcp.fail('acknowledge', { run_ids: [runId], job_id: 'bad' })).toMatch(
      /^HTTP 400: run_ids: must not be combined/,
    );
  });

  it('reads metrics, dead letters, deliveries and the audit trail', async () => {
    const { read, fail } = mcp;

    expect(await read('get_metrics', { since: '1h', slot_seconds: 600 })).toMatchObject({
      current: { pendingCount: expect.any(Number) },
      totals: { ok: expect.any(Number) },
      limits: { concurrentRuns: expect.any(Number) },
      used: { jobs: expect.any(Number) },
    });
    expect(await fail('get_metrics', { since: '90d', slot_seconds: 60 })).toMatch(
      /^HTTP 400: slot_seconds: must be at least/,
    );
    expect(await read('list_dead_letters')).toEqual(expect.objectContaining({ next_cursor: null }));
    expect(await fail('list_dead_letters', { id: 'none' })).toMatch(/^HTTP 404: Dead letter not found/);
    expect(await read('replay_dead_letters', { kind: 'tick', dry_run: true })).toMatchObject({ matched: 0 });
    expect(await fail('replay_dead_letters', { ids: ['none'] })).toMatch(/^HTTP 400: ids/);
    expect(await read('list_deliveries')).toEqual({ deliveries: [], next_cursor: null });
    expect(await fail('list_deliveries', { cursor: 'none' })).toMatch(/^HTTP 400: before/);
    expect(await read('list_audit', { action: 'createJob', target: 'hello', limit: 1 })).toMatchObject({
      audit: [{ operation: 'createJob', targets: ['hello'] }],
    });
    expect(await fail('list_audit', { since: 'yesterday' })).toMatch(/^HTTP 400: since/);
  });

  it('reads and controls a flow', async () => {
    const { read, fail } = mcp;
    const records = [{ id: 1 }, { id: 2 }, { id: 'x' }];
    const flow = {
      sources: [{ id: 'orders', name: 'Orders', type: 'inline', records }],
      transforms: [{ id: 'double', name: 'Double', type: 'map', to: '{ "id": id * 2 }' }],
      sinks: [{ id: 'kept', name: 'Kept', type: 'preview' }],
    };
    await read('create_job', { id: 'sync', flow });
    const { run } = await triggerRun({ job_id: 'sync', wait_seconds: 50 });
    const flow_job_id = run.run_id;

    expect(await read('list_flows', { disabled: false })).toMatchObject({ flows: [{ _id: 'sync' }], matched: 1 });
    expect(await read('get_flow', { flow_id: 'sync' })).toMatchObject({
      flow: { flow: { sources: [{ id: 'orders' }] } },
      latest_job: { _id: flow_job_id },
    });
    expect(await fail('get_flow', { flow_id: 'hello' })).toMatch(/^HTTP 404: Flow not found/);
    expect(await read('list_flow_jobs', { flow_id: 'sync', has_errors: true })).toMatchObject({
      jobs: [{ _id: flow_job_id, numError: 1 }],
    });
    expect(await read('list_flow_jobs', { flow_job_id, type: 'import' })).toMatchObject({
      jobs: [{ _importId: 'kept' }],
    });
    expect(await read('get_flow_job', { flow_job_id })).toMatchObject({
      job: { numExport: 3, numSuccess: 2 },
      steps: [expect.anything(), expect.anything()],
      metrics: {
        operators: [{ operator_id: 'orders' }, { operator_id: 'double', errors: 1 }, { operator_id: 'kept' }],
      },
    });
    expect(await read('list_flow_errors', { flow_job_id, level: 'error' })).toMatchObject({
      errors: [{ operator_id: 'double', record: '{"id":"x"}' }],
    });
    expect(await fail('list_flow_errors', { flow_job_id, operator_id: 'none' })).toMatch(
      /^HTTP 400: operator_id: must be one of/,
    );
    const { errors } = await read<{ errors: { _id: string }[] }>('list_failed_records', {
      flow_id: 'sync',
      status: 'open',
      operator: 'double',
      since: '1h',
    });
    expect(errors).toMatchObject([{ status: 'open', record: { id: 'x' }, retryable: true }]);
    expect(await fail('list_failed_records', { flow_id: 'sync', cursor: 'x' })).toMatch(/^HTTP 400: /);
    const error = { flow_id: 'sync', error_id: errors[0]?._id };
    expect(await read('edit_failed_record', { ...error, record: { id: 3 }, if_revision: 0 })).toMatchObject({
      error: { revision: 1, record: { id: 3 } },
    });
    expect(await fail('edit_failed_record', { ...error, note: 'n', if_revision: 0 })).toMatch(/^HTTP 412: /);
    expect(await fail('retry_failed_records', { flow_id: 'sync' })).toContain('specify ids, a filter');
    const retried = { flow_id: 'sync', ids: [error.error_id] };
    type Retried = { readonly idempotency_key: string; readonly _jobId: string };
    const first = await read<Retried>('retry_failed_records', retried);
    expect(first).toMatchObject({ matched: 1, _jobId: expect.any(String) });
    expect(await read('retry_failed_records', { ...retried, idempotency_key: first.idempotency_key })).toMatchObject({
      _jobId: first._jobId,
    });
    await waitForAssertion(async () =>
      expect(await read('list_failed_records', { flow_id: 'sync', status: 'resolved' })).toMatchObject({
        errors: [{ resolvedBy: 'retry' }],
      }),
    );
    expect(await read('resolve_failed_records', { flow_id: 'sync', all: true })).toMatchObject({ matched: 0 });
    expect(await fail('resolve_failed_records', { flow_id: 'sync', all: true, text: 'x' })).toContain('without ids');
    expect(await read('get_flow_log', { flow_job_id, after: 'start' })).toMatchObject({ cursor: expect.any(String) });
    expect(await fail('get_flow_log', { flow_job_id, after: 'x' })).toMatch(/^HTTP 400: after/);
    expect(await read('list_checkpoints', { flow_job_id })).toMatchObject({ checkpoints: expect.any(Array) });
    expect(await fail('list_checkpoints', { flow_job_id, checkpoint_id: 'none' })).toMatch(/^HTTP 40[04]: /);
    expect(await fail('take_checkpoint', { flow_job_id })).toMatch(/^HTTP 409: /);
    expect(await fail('stop_flow_job', { flow_job_id })).toMatch(/^HTTP 409: /);
    expect(await fail('restart_flow_job', { flow_job_id, checkpoint_id: 'none' })).toMatch(/^HTTP 40[04]: /);
    expect(await fail('list_flow_jobs', { since: 'yesterday' })).toMatch(/^HTTP 400: /);
  });

  it('takes a checkpoint of a flow, stops the flow and restarts it from there', async () => {
    const { read } = mcp;
    await read('create_job', { id: 'numbers', flow: pacedFlow(200) });
    const { run } = await triggerRun({ job_id: 'numbers', wait_seconds: 0 });
    const input = { flow_job_id: run.run_id };
    // A running flow that is not planned yet has no position to keep.
    const exported = async () => (await read<{ job: { numExport: number } }>('get_flow_job', input)).job.numExport;
    await waitForAssertion(async () => expect(await exported()).toBeGreaterThan(0));

    const { checkpoint } = await read<{ checkpoint: { id: string } }>('take_checkpoint', input);
    expect(checkpoint).toMatchObject({ id: `chk_1_${run.run_id}`, state: 'completed', cause: 'request' });
    expect(await read('list_checkpoints', { ...input, checkpoint_id: checkpoint.id })).toMatchObject({ checkpoint });
    expect(await read('list_checkpoints', input)).toMatchObject({ checkpoints: [{ id: checkpoint.id }] });
    expect(await read('stop_flow_job', { ...input, mode: 'immediate' })).toMatchObject({
      message: 'Job stop initiated',
    });
    await waitForAssertion(async () =>
      expect(await read('get_run', { run_id: run.run_id })).toMatchObject({ run: { status: 'canceled' } }),
    );
    type Restarted = { readonly new_job_id: string; readonly idempotency_key: string };
    const restart = { ...input, checkpoint_id: checkpoint.id, parallelism: 1 };
    const restarted = await read<Restarted>('restart_flow_job', restart);
    const { idempotency_key } = restarted;
    expect(await read('restart_flow_job', { ...restart, idempotency_key })).toEqual(restarted);
    await read('cancel_run', { run_id: restarted.new_job_id });
  });

  it('rejects an unknown field in each tool', async () => {
    for (const { name } of await mcp.listTools()) {
      expect(await mcp.fail(name, { surprise: true })).toContain('Unrecognized key: "surprise"');
    }
  });

  it('bounds the answer on many runs and leads to all of them', async () => {
    await runner.define({ id: 'many', script: 'echo' });
    const { db, close } = systemDb(system);
    const job = await getJob(db, tenantId(tenant), 'many');
    if (!job) throw new Error('The job is missing.');
    const start = system.clock.now() - 3_600_000;
    await forEachConcurrent(
      32,
      Array.from({ length: MANY_RUNS }, (_, i) => i),
      async (i) => {
        const at = new Date(start + i * 1_000).toISOString();
        const times = {
          createdAt: at,
          startedAt: at,
          finishedAt: at,
          purgeAt: new Date(start + 86_400_000).toISOString(),
        };
        const ulid = hashedUlid(start + i * 1_000, String(i));
        await putRun(db, endedRun(job, i + 1, { ulid, ...times, stdout: 'x'.repeat(900) }));
      },
    );
    close();

    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const input = { job_id: 'many', limit: 200, ...(cursor !== null && { cursor }) };
      const result = await mcp.callTool('list_runs', input);
      expect(Buffer.byteLength(textOf(result))).toBeLessThanOrEqual(8_000);
      const page = result.structuredContent as { runs: readonly { run_id: string }[]; next_cursor: string | null };
      seen.push(...page.runs.map(({ run_id }) => run_id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen).toHaveLength(MANY_RUNS);
    const wide = await mcp.read<{ runs: readonly unknown[] }>('list_runs', {
      job_id: 'many',
      limit: 200,
      max_bytes: 200_000,
    });
    expect(wide.runs).toHaveLength(200);
    const { statistics } = await mcp.read<{ statistics: unknown }>('get_job', { job_id: 'many' });
    expect(statistics).toMatchObject({ last_24h: { ok: MANY_RUNS } });
  });

  it('bounds the output of 1 MB and leads to all of it', async () => {
    await runner.define({ id: 'talks', script: 'misbehave', args: ['prints1MBAndExits'] });
    const { run } = await triggerRun({ job_id: 'talks', wait_seconds: 50 });

    const tail = await mcp.callTool('get_output', { run_id: run.run_id });
    const parts: string[] = [];
    for (let after = '1.0.0', more = true; more; ) {
      const input = { run_id: run.run_id, after, max_bytes: 200_000 };
      const part = await mcp.read<{ stdout: string; next: string; more: boolean }>('get_output', input);
      parts.push(part.stdout);
      ({ next: after, more } = part);
    }

    expect(Buffer.byteLength(textOf(tail))).toBeLessThanOrEqual(8_000);
    expect(tail.structuredContent).toMatchObject({
      stdout: expect.stringMatching(/\.10000\n?$/),
      left_out: [expect.stringContaining('call again with after=1.0.0')],
    });
    const lines = parts.join('').trimEnd().split('\n');
    expect(parts.length).toBeGreaterThan(4);
    expect({ lines: lines.length, first: Number(lines[0]?.replaceAll('.', '')) }).toEqual({ lines: 10_000, first: 1 });
  });

  it('answers concurrent calls', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        mcp.read<Record<string, unknown>>('list_jobs', { text: i % 2 ? 'hello' : 'bad' }),
      ),
    );

    const ids = results.map(({ jobs }) => (jobs as readonly { id: string }[]).map(({ id }) => id).join());
    expect(ids).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 ? 'hello' : 'bad')));
  });

  it('has been called with good input for each tool in the tests above', async () => {
    const tools = await mcp.listTools();

    expect(tools.map(({ name }) => name).filter((name) => !mcp.succeeded.has(name))).toEqual([]);
  });

  it('writes its log to the standard error, without its token', () => {
    const [, , signature = ''] = runner.api.token.split('.');

    expect(signature.length).toBeGreaterThan(20);
    expect(stderr.join('')).not.toContain(signature);
  });
});

describe('jobdeck mcp without --allow-write', () => {
  it('does not know the tools that write, and reads with a token of the local system', async () => {
    const local = await startClient(['--tenant', tenant], { JOBDECK_DATA: system.dataDir });

    const names = (await local.listTools()).map(({ name }) => name);
    expect(names).toContain('list_jobs');
    expect(names).not.toContain('trigger_run');
    expect(await local.fail('trigger_run', { job_id: 'hello' })).toContain('Tool trigger_run not found');
    expect(await local.read('list_jobs', { text: 'hello' })).toMatchObject({ jobs: [{ id: 'hello' }] });
  });

  it('finds nothing of another tenant', async () => {
    const { run } = await triggerRun({ job_id: 'hello' });
    const foreign = await system.as(freshTenant('stranger'));
    const other = await startClient(['--allow-write', '--token', foreign.token]);
    const { run_id: runId } = run;

    expect(await other.read('list_jobs')).toMatchObject({ jobs: [], matched: 0 });
    expect(await other.read('list_runs')).toMatchObject({ runs: [] });
    const byRun = ['get_run', 'get_run_tree', 'get_output', 'cancel_run', 'unacknowledge'];
    for (const tool of byRun) expect(await other.fail(tool, { run_id: runId })).toMatch(/^HTTP 404: /);
    const byFlowJob = [
      'get_flow_job',
      'list_flow_errors',
      'get_flow_log',
      'list_checkpoints',
      'stop_flow_job',
      'restart_flow_job',
    ];
    for (const tool of byFlowJob) expect(await other.fail(tool, { flow_job_id: runId })).toMatch(/^HTTP 404: /);
    const byJob = [
      'get_job',
      'trigger_run',
      'update_job',
      'delete_job',
      'enable_job',
      'disable_job',
      'pause_job',
      'resume_job',
      'list_backfills',
    ];
    for (const tool of byJob) expect(await other.fail(tool, { job_id: 'hello' })).toMatch(/^HTTP 404: /);
    expect(await other.read('redrive', { run_ids: [runId] })).toMatchObject({
      started: [],
      skipped: [{ reason: 'run not found' }],
    });
  });

  it('returns an error for a token that the API rejects, and for a missing role', async () => {
    const member = await system.as(tenant, ['MEMBER']);
    const limited = await startClient(['--allow-write', '--token', member.token]);
    const refused = await startClient(['--token', 'no-token']);

    expect(await limited.fail('trigger_run', { job_id: 'hello' })).toMatch(/^HTTP 403: .*\nThe token lacks a role/s);
    expect(await limited.read('get_metrics')).toMatchObject({
      current: null,
      left_out: [expect.stringMatching(/^current: /)],
    });
    expect(await refused.fail('list_jobs')).toMatch(/^HTTP 401: /);
  });
});

describe('the process of jobdeck mcp', () => {
  it('ends with code 0 when its input closes, also during a call, and writes nothing but the protocol', async () => {
    const args = ['--allow-write', '--token', runner.api.token];
    const child = spawn(process.execPath, [ENTRY, 'mcp', ...args], { env: environment(), stdio: 'pipe' });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const exited = once(child, 'exit');
    const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'raw', version: '1' };
    send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
    await waitForAssertion(async () => expect(out).toContain('"id":1'));
    send({ method: 'notifications/initialized' });
    child.stdin.write('this is not JSON\n');
    send({
      id: 2,
      method: 'tools/call',
      params: { name: 'trigger_run', arguments: { job_id: 'slow', wait_seconds: 50 } },
    });
    await waitForAssertion(async () =>
      expect((await runner.runs('slow')).some(({ status }) => status === 'running')).toBe(true),
    );

    child.stdin.end();
    const [code] = await exited;

    expect(code).toBe(0);
    for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    for (const { run_id, status } of await runner.runs('slow')) {
      if (status === 'running') await mcp.read('cancel_run', { run_id });
    }
  });

  it.each([
    [['--url', 'nowhere'], /--url must be an http or https URL/],
    [['--tenant', 'a b'], /--tenant must be 1–64/],
    [['--writable'], /Unknown option '--writable'/],
  ])('ends with code 2 for %j', async (args, expected) => {
    const child = spawn(process.execPath, [ENTRY, 'mcp', ...args], { env: environment(), stdio: 'pipe' });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));

    const [code] = await once(child, 'close');

    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });
});
