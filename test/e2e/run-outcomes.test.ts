import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { putLimits } from '../../functions/core/store/limits.ts';
import { expectRunReported, type Runner, runnerClient } from '../helpers/clients/runner.ts';
import type { RunBody } from '../helpers/clients/runner-bodies.ts';
import { type HoldingServer, startHoldingServer } from '../helpers/fakes/holding-server.ts';
import { isRunning } from '../helpers/system/processes.ts';
import { shareTestSystem } from '../helpers/system/shared-system.ts';
import { systemDb } from '../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** A job for each outcome of a run, defined and run over HTTP. */

// The tests mostly wait, which takes longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let system: TestSystem;
let switchboard: HoldingServer;

beforeAll(async () => {
  [system, switchboard] = await Promise.all([shareTestSystem(), startHoldingServer()]);
});
afterAll(async () => {
  await system?.stop();
  await switchboard?.stop();
});

/** Creates a new tenant with a path at the switchboard. */
async function givenTenant(): Promise<{ tenant: string; runner: Runner; path: string; url: string }> {
  const tenant = freshTenant();
  const path = `/${tenant}`;
  return { tenant, runner: runnerClient(await system.as(tenant)), path, url: switchboard.url + path };
}

/**
 * Runs a job to its end.
 *
 * @returns the run's row
 */
async function runToEnd(runner: Runner, job: Readonly<Record<string, unknown>>) {
  await runner.define({ id: 'job', ...job });
  const { run_id: runId } = await runner.start('job');
  return runner.waitForEnd('job', runId);
}

describe.concurrent('a run', () => {
  it('ends ok with its output, returned to the waiting request', async () => {
    const { runner } = await givenTenant();
    await runner.define({ id: 'job', script: '/opt/scripts/echo.js', args: ['hello', 'world'] });

    const result = await runner.trigger('job');

    expect(result).toMatchObject({ status: 'ok', exit_code: 0, stdout: 'hello world', stderr: '', reason: null });
    const run = await runner.run('job', result.run_id);
    expect(run.duration_ms).toBe(result.duration_ms);
    await expectRunReported(runner, run, { stdout: 'hello world' });
  });

  it('ends with an error and exit code 3, returned with status 200', async () => {
    const { runner } = await givenTenant();
    await runner.define({ id: 'job', script: 'fail', args: ['3'] });

    const result = await runner.trigger('job');

    const end = { status: 'error', exit_code: 3, stderr: 'failing with exit code 3, as asked', reason: 'exit code 3' };
    expect(result).toMatchObject({ ...end, stdout: '' });
    await expectRunReported(runner, await runner.run('job', result.run_id), end);
  });

  it('ends with an error, exit code 1 and a stack trace on stderr if the script throws', async () => {
    const { runner } = await givenTenant();

    const run = await runToEnd(runner, { script: 'misbehave', args: ['throws'] });

    expect(run.stderr).toMatch(/TypeError: no such thing\n\s+at .*misbehave\.ts:\d+(.|\n)*the root of it/);
    const reason = 'TypeError: no such thing';
    await expectRunReported(runner, run, { status: 'error', exit_code: 1, stderr: run.stderr, reason });
  });

  it('reports out of memory if the script exceeds its memory', async () => {
    const { runner } = await givenTenant();

    const run = await runToEnd(runner, { script: 'misbehave', args: ['takesBuffers'] });

    await expectRunReported(runner, run, { status: 'error', exit_code: 137, reason: 'out of memory: over 256 MB' });
  });

  it('reports out of memory if the script exceeds its heap', async () => {
    const { runner } = await givenTenant();

    const run = await runToEnd(runner, { script: 'misbehave', args: ['takesHeap'] });

    expect([134, 137]).toContain(run.exit_code);
    const { exit_code, stderr } = run;
    await expectRunReported(runner, run, { status: 'error', exit_code, stderr, reason: 'out of memory: over 256 MB' });
  });

  it('times out without an exit code, and its process has ended', async () => {
    const { runner, url, path } = await givenTenant();

    const [run, call] = await Promise.all([
      runToEnd(runner, { script: 'call', args: [url], timeout_ms: 2_000 }),
      switchboard.call(path),
    ]);

    expect(run.duration_ms).toBeGreaterThanOrEqual(2_000);
    await expectRunReported(runner, run, { status: 'timeout', exit_code: null, reason: 'timeout: over 2000 ms' });
    expect(isRunning(call.body.pid ?? 0)).toBe(false);
  });

  it('ends canceled, and its process has ended when the cancellation is answered', async () => {
    const { tenant, runner, url, path } = await givenTenant();
    await runner.define({ id: 'job', script: 'call', args: [url] });
    const { run_id: runId } = await runner.start('job');
    const { pid = 0 } = (await switchboard.call(path)).body;
    expect(isRunning(pid)).toBe(true);
    expect(await runner.findListed('job')).toMatchObject({ last_status: 'running' });

    const answer = await runner.api.post(`/jobs/job/runs/${runId}/cancel`);

    expect(answer).toMatchObject({ status: 200, body: { ok: true, run: { status: 'canceled' } } });
    expect(isRunning(pid)).toBe(false);
    const reason = `canceled by admin@${tenant}.test`;
    await expectRunReported(runner, await runner.run('job', runId), { status: 'canceled', exit_code: null, reason });
    expect(await runner.api.post(`/jobs/job/runs/${runId}/cancel`)).toMatchObject({
      status: 409,
      body: { error: 'Cannot cancel canceled run' },
    });
  });

  it('ends canceled if the script ignores SIGTERM and is killed', async () => {
    const { tenant, runner, url, path } = await givenTenant();
    await runner.define({ id: 'job', script: 'call', args: [url, 'stubborn'] });
    const { run_id: runId } = await runner.start('job');
    const { pid = 0 } = (await switchboard.call(path)).body;

    const answer = await runner.api.post<RunBody>(`/jobs/job/runs/${runId}/cancel`);

    // Signaled within 3 s, killed 5 s later; on a busy machine that may take longer than a response waits.
    expect(answer.status).toBe(answer.body.run.status === 'canceled' ? 200 : 202);
    const run = await runner.waitForEnd('job', runId);
    expect(isRunning(pid)).toBe(false);
    const reason = `canceled by admin@${tenant}.test`;
    await expectRunReported(runner, run, { status: 'canceled', exit_code: null, stderr: 'not now', reason });
  });

  it('never starts if it is canceled while it waits for an earlier one', async () => {
    const { tenant, runner, url, path } = await givenTenant();
    await runner.define({ id: 'job', script: 'call', args: [url], overlap_policy: 'queue' });
    const first = await runner.start('job');
    const call = await switchboard.call(path);
    const second = await runner.start('job');
    expect(second).toMatchObject({ status: 'pending', reason: 'waits for the run before it to end' });

    const answer = await runner.api.post(`/jobs/job/runs/${second.run_id}/cancel`);

    expect(answer).toMatchObject({ status: 200, body: { run: { status: 'canceled', started_at: null } } });
    call.answer();
    await runner.waitForEnd('job', first.run_id);
    const canceled = {
      id: 2,
      status: 'canceled',
      started_at: null,
      exit_code: null,
      duration_ms: null,
      execution_ms: null,
      attempt: 0,
    };
    const reason = `canceled by admin@${tenant}.test`;
    await expectRunReported(runner, await runner.run('job', second.run_id), { ...canceled, reason });
    expect(switchboard.calls.filter((one) => one.path === path)).toHaveLength(1);
  });

  it('starts after a wait at the tenant’s limit', async () => {
    const { tenant, runner, url, path } = await givenTenant();
    const { db, close } = systemDb(system);
    await putLimits(db, tenantId(tenant), { concurrentRuns: 1 });
    close();
    await runner.define({ id: 'first', script: 'call', args: [url] });
    await runner.define({ id: 'second', script: 'echo', args: ['my turn'] });
    const { run_id: firstId } = await runner.start('first');
    const call = await switchboard.call(path);

    const { run_id: runId } = await runner.start('second');

    await waitForAssertion(async () => {
      const reason = "waits for one of the tenant's other runs to end";
      expect(await runner.run('second', runId)).toMatchObject({ status: 'pending', started_at: null, reason });
    });
    expect(await runner.findListed('second')).toMatchObject({ last_status: 'pending', last_run: null });
    call.answer();
    const run = await runner.waitForEnd('second', runId);
    await expectRunReported(runner, run, { stdout: 'my turn' });
    const before = await runner.waitForEnd('first', firstId);
    expect(run.started_at?.localeCompare(before.finished_at ?? '')).toBe(1);
  });

  it('fails after as many attempts as the job allows', async () => {
    const { runner } = await givenTenant();

    const run = await runToEnd(runner, { script: 'fail', args: ['7'], retry: { attempts: 3, delay_seconds: 0 } });

    const stderr = 'failing with exit code 7, as asked';
    await expectRunReported(runner, run, { status: 'error', exit_code: 7, attempt: 3, stderr, reason: 'exit code 7' });
    expect(await runner.runs('job')).toHaveLength(1);
  });

  it('ends ok with the output of the last attempt if a retry succeeds', async () => {
    const { runner, url, path } = await givenTenant();
    await runner.define({ id: 'job', script: 'call', args: [url], retry: { attempts: 2, delay_seconds: 3 } });
    const { run_id: runId } = await runner.start('job');

    (await switchboard.call(path)).answer(503, 'come again');
    await waitForAssertion(async () => {
      const reason = 'to be retried after: Error: 503 come again';
      expect(await runner.run('job', runId)).toMatchObject({ status: 'pending', attempt: 1, reason });
    });
    (await switchboard.call(path, 2)).answer(200, 'welcome');

    await expectRunReported(runner, await runner.waitForEnd('job', runId), { attempt: 2, stdout: 'welcome' });
  });

  it('ends with an error without an exit code if a request is refused', async () => {
    const { runner, url, path } = await givenTenant();
    await runner.define({ id: 'job', type: 'http', http: { url } });
    const { run_id: runId } = await runner.start('job');

    (await switchboard.call(path)).answer(410, 'all gone');

    const run = await runner.waitForEnd('job', runId);
    expect(run.reason).toContain('410');
    const end = { status: 'error', exit_code: null, stdout: 'all gone', stderr: run.stderr, reason: run.reason };
    await expectRunReported(runner, run, { ...end, meta: { httpStatus: 410 } });
  });
});

// Moves the clock, which would affect the runs above.
it('skips a tick with a row while the previous run is active', async () => {
  const { runner, url, path } = await givenTenant();
  // Enough time to start a run before the tick, and less than a lease.
  const tick = Math.ceil((system.clock.now() + 30_000) / 60_000) * 60_000;
  system.clock.set(tick - 30_000);
  await runner.define({ id: 'job', script: 'call', args: [url], schedule: '* * * * *' });
  await runner.waitForRegistration('job');
  const { run_id: runId } = await runner.start('job');
  const call = await switchboard.call(path);
  const { next_run: next } = await runner.job('job');
  expect(next).toBe(new Date(tick).toISOString());

  system.clock.set(tick);

  const skipped = await waitForAssertion(async () => {
    const row = (await runner.runs('job')).find(({ status }) => status === 'skipped');
    if (!row) throw new Error('nothing was skipped');
    return row;
  });
  const none = { started_at: null, finished_at: null, exit_code: null, duration_ms: null, attempt: 0 };
  expect(skipped).toMatchObject({ ...none, id: 2, reason: 'overlap', trigger: 'schedule', scheduled_at: next });
  expect(await runner.run('job', skipped.run_id)).toEqual({ ...skipped, attempts: [] });
  expect(await runner.api.post('/jobs/job/run')).toMatchObject({ status: 409 });
  expect(await runner.findListed('job')).toMatchObject({ last_status: 'running' });
  call.answer();
  await expectRunReported(runner, await runner.waitForEnd('job', runId), { stdout: 'answered' });
});
