import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { CauseView, MessageView } from '../../../functions/api/runner/failure-groups.ts';
import type { RunView } from '../../../functions/api/runner/run-view.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import type { ResultBody, RunBody } from '../../helpers/clients/runner-bodies.ts';
import { statisticsClient } from '../../helpers/clients/statistics.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

/** Failures: listed, acknowledged, redriven. */

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system?.stop());

interface FailuresBody {
  readonly failures: readonly RunView[];
}
interface GroupsBody {
  readonly runs: number;
  readonly left: number;
  readonly total: number;
  readonly next: string | null;
}
interface CausesBody extends GroupsBody {
  readonly causes: readonly CauseView[];
}
interface MessagesBody extends GroupsBody {
  readonly messages: readonly MessageView[];
}
interface RedriveBody {
  readonly matched: number;
  readonly started: readonly { readonly run_id: string; readonly new_run_id: string | null }[];
  readonly skipped: readonly { readonly run_id: string; readonly reason: string; readonly new_run_id: string | null }[];
  readonly left: number;
  readonly dry_run: boolean;
}

/** Creates a tenant with a job `bad` that always fails. */
async function tenantWithBadJob(job: object = {}): Promise<{ readonly api: ApiClient; readonly tenant: string }> {
  const tenant = freshTenant('failing');
  const api = await system.as(tenant, ['OWNER', 'system_admin'], `ana@${tenant}.test`);
  const bad = { id: 'bad', script: 'fail', args: ['3'], integration_id: 'shop', ...job };
  await runnerClient(api).define(bad);
  return { api, tenant };
}

async function fail(api: ApiClient, times = 1, id = 'bad'): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let i = 0; i < times; i++) {
    const { body } = await api.post<ResultBody>(`/jobs/${id}/run`);
    expect(body.result.status).toBe('error');
    ids.push(body.result.run_id);
  }
  return ids;
}

const failuresOf = async (api: ApiClient, query = '') =>
  (await api.get<FailuresBody>(`/failures${query}`)).body.failures.map((run) => run.run_id);

/** Waits until the failures are indexed, newest first. */
const waitForFailures = (api: ApiClient, runIds: readonly string[]) =>
  waitForAssertion(async () => expect(await failuresOf(api)).toEqual([...runIds].reverse()));

const at = (runId: string) => `/jobs/bad/runs/${runId}`;

describe('acknowledging failures', () => {
  test('keeps them in history and totals and removes them from all counts of current failures', async () => {
    const { api, tenant } = await tenantWithBadJob();
    const [first = '', second = ''] = await fail(api, 2);
    const { metrics, stats, jobStats } = statisticsClient(api, tenant);
    const failed = async () => [
      (await metrics()).failedCount,
      (await metrics('shop')).failedCount,
      (await jobStats('bad')).queue.failed,
    ];
    await waitForAssertion(async () => expect(await failed()).toEqual([2, 2, 2]));

    const { body } = await api.post<RunBody>(`${at(first)}/acknowledge`, { note: 'the disk was full' });

    expect(body.run).toMatchObject({
      run_id: first,
      status: 'error',
      acknowledged_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      acknowledged_by: `ana@${tenant}.test`,
      acknowledged_note: 'the disk was full',
    });
    await waitForAssertion(async () => expect(await failed()).toEqual([1, 1, 1]));
    expect((await jobStats('bad')).performance.successRate).toBe('0%');
    expect(await stats()).toMatchObject({ errorsLastHour: 2 });
    expect((await runnerClient(api).runs('bad')).map(({ status }) => status)).toEqual(['error', 'error']);
    await waitForFailures(api, [second]);

    await api.post(`${at(second)}/acknowledge`);
    await waitForAssertion(async () => expect(await failed()).toEqual([0, 0, 0]));
    await api.post(`${at(first)}/unacknowledge`);
    await waitForAssertion(async () => expect(await failed()).toEqual([1, 1, 1]));
    expect((await runnerClient(api).run('bad', first)).acknowledged_at).toBeNull();
  });

  test('keeps the first acknowledgement', async () => {
    const { api } = await tenantWithBadJob();
    const [runId = ''] = await fail(api);
    const { body: first } = await api.post<RunBody>(`${at(runId)}/acknowledge`, { note: 'mine' });

    const again = await api.post<RunBody>(`${at(runId)}/acknowledge`, { note: 'no, mine' });

    expect(again).toMatchObject({ status: 200, body: { ok: true, run: first.run } });
    const undo = () => api.post<RunBody>(`${at(runId)}/unacknowledge`);
    const answers = [await undo(), await undo()];
    for (const { status, body } of answers) expect([status, body.run.acknowledged_at]).toEqual([200, null]);
  });

  test('requires a failed run (409) that exists (404)', async () => {
    const { api } = await tenantWithBadJob();
    await runnerClient(api).define({ id: 'good', script: 'echo' });
    const { run_id: good } = await runnerClient(api).trigger('good');

    for (const verb of ['acknowledge', 'unacknowledge']) {
      expect(await api.post(`/jobs/good/runs/${good}/${verb}`)).toMatchObject({
        status: 409,
        body: { error: `Cannot ${verb} completed run: only failed runs can be acknowledged` },
      });
      expect(await api.post(`/jobs/bad/runs/${good}/${verb}`)).toMatchObject({
        status: 404,
        body: { error: 'Run not found' },
      });
    }
  });

  test.each([
    [{ note: 'x'.repeat(501) }, /^note: must be text of at most 500 characters/],
    [{ notes: 'x' }, /unknown field 'notes'/],
  ])('fails with %j', async (body, error) => {
    const { api } = await tenantWithBadJob();

    expect(await api.post(`${at('bad.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1')}/acknowledge`, body)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(error) },
    });
  });

  test('selects runs by id or by filter', async () => {
    const { api } = await tenantWithBadJob();
    await runnerClient(api).define({ id: 'other', script: 'fail' });
    const bad = await fail(api, 3);
    const [other = ''] = await fail(api, 1, 'other');
    await waitForFailures(api, [...bad, other]);
    const acknowledge = async (body: object) => (await api.post('/failures/acknowledge', body)).body;

    expect(await acknowledge({ run_ids: [bad[0], bad[0], 'nothing'] })).toEqual({
      acknowledged: 1,
      left: 0,
      skipped: [{ run_id: 'nothing', reason: 'run not found' }],
    });
    expect(await acknowledge({ run_ids: [bad[0]] })).toMatchObject({
      acknowledged: 0,
      skipped: [{ reason: 'already acknowledged' }],
    });
    const { finished_at: before } = await runnerClient(api).run('bad', bad[2] ?? '');
    expect(await acknowledge({ job_id: 'bad', before })).toEqual({ acknowledged: 1, left: 0, skipped: [] });
    await waitForFailures(api, [bad[2] ?? '', other]);
    expect(await acknowledge({ note: 'all' })).toEqual({ acknowledged: 2, left: 0, skipped: [] });
    await waitForFailures(api, []);
  });

  test('requires more than a read-only role', async () => {
    const { api, tenant } = await tenantWithBadJob();
    const [runId = ''] = await fail(api);
    const member = await system.as(tenant, ['MEMBER']);

    for (const path of [
      `${at(runId)}/acknowledge`,
      `${at(runId)}/unacknowledge`,
      '/failures/acknowledge',
      '/redrive',
      '/runs/cancel',
      '/runs/acknowledge',
      '/runs/redrive',
    ]) {
      expect(await member.post(path, {})).toMatchObject({ status: 403 });
    }
    await waitForAssertion(async () => expect(await failuresOf(member)).toEqual([runId]));
  });
});

describe('GET /failures', () => {
  test('lists failures newest first, page by page', async () => {
    const { api } = await tenantWithBadJob();
    const [a = '', b = '', c = ''] = await fail(api, 3);
    await waitForFailures(api, [a, b, c]);

    expect(await failuresOf(api, '?limit=2')).toEqual([c, b]);
    expect(await failuresOf(api, `?limit=2&before=${b}`)).toEqual([a]);
    const { created_at: time } = await runnerClient(api).run('bad', b);
    expect(await failuresOf(api, `?before=${time}`)).toEqual([a]);
    expect(await failuresOf(api, '?job_id=bad&limit=1')).toEqual([c]);
  });

  test('groups failures by cause', async () => {
    const { api } = await tenantWithBadJob();
    await runnerClient(api).define({ id: 'other', script: 'fail', args: ['4'] });
    const bad = await fail(api, 2);
    const [other = ''] = await fail(api, 1, 'other');
    await waitForFailures(api, [...bad, other]);

    const { body } = await api.get<CausesBody>('/failures?group=cause');

    const [second, first] = body.causes;
    expect(body).toMatchObject({ runs: 3, left: 0, total: 2, next: null });
    expect(first).toMatchObject({ job_id: 'other', kind: 'error', count: 1, run_ids: [other] });
    expect(second).toMatchObject({
      job_id: 'bad',
      message: expect.stringMatching(/^exit code 3/),
      count: 2,
      run_ids: [...bad].reverse(),
    });
    expect(await failuresOf(api, `?cause=${second?.cause}`)).toEqual([...bad].reverse());
    const acknowledged = await api.post('/failures/acknowledge', { cause: second?.cause });
    expect(acknowledged.body).toEqual({ acknowledged: 2, left: 0, skipped: [] });
    await waitForFailures(api, [other]);
  });

  describe('GET /failures with group', () => {
    it('returns groups by cause page by page, the largest first, with the number of remaining runs', async () => {
      const { api } = await tenantWithBadJob();
      const bad = await fail(api, 3);
      const others: string[] = [];
      for (const code of ['4', '5', '6', '7']) {
        await runnerClient(api).define({ id: `other-${code}`, script: 'fail', args: [code] });
        others.push(...(await fail(api, 1, `other-${code}`)));
      }
      await waitForFailures(api, [...bad, ...others]);
      const page = async (after: string | null) =>
        (await api.get<CausesBody>(`/failures?group=cause&limit=2${after === null ? '' : `&after=${after}`}`)).body;

      const first = await page(null);
      const second = await page(first.next);
      const third = await page(second.next);

      expect([first, second, third].map(({ causes }) => causes.map(({ job_id, count }) => [job_id, count]))).toEqual([
        [
          ['bad', 3],
          ['other-7', 1],
        ],
        [
          ['other-6', 1],
          ['other-5', 1],
        ],
        [['other-4', 1]],
      ]);
      expect([first, second, third]).toMatchObject([
        { runs: 7, left: 3, total: 5, next: expect.any(String) },
        { runs: 7, left: 1, total: 5, next: expect.any(String) },
        { runs: 7, left: 0, total: 5, next: null },
      ]);
    });

    it('groups by message across jobs and selects runs by message id', async () => {
      const { api } = await tenantWithBadJob();
      await fail(api, 2);
      for (const [id, code] of [
        ['same', '3'],
        ['different', '4'],
      ] as const) {
        await runnerClient(api).define({ id, script: 'fail', args: [code] });
        await fail(api, 1, id);
      }
      await waitForAssertion(async () => expect(await failuresOf(api)).toHaveLength(4));

      const { body } = await api.get<MessagesBody>('/failures?group=message');

      expect(body).toMatchObject({ runs: 4, left: 0, total: 2, next: null });
      const [shared, single] = body.messages;
      expect(shared).toMatchObject({
        message: expect.stringMatching(/^exit code 3/),
        kind: 'error',
        count: 3,
        job_count: 2,
        jobs: [
          { job_id: 'bad', count: 2, cause: expect.stringMatching(/^[0-9a-f]{12}$/) },
          { job_id: 'same', count: 1, cause: expect.stringMatching(/^[0-9a-f]{12}$/) },
        ],
      });
      expect(single).toMatchObject({ count: 1, job_count: 1 });
      const chosen = { message_id: shared?.message_id };
      expect(await failuresOf(api, `?message_id=${shared?.message_id}`)).toEqual(shared?.run_ids);
      expect((await api.post<RedriveBody>('/redrive', { ...chosen, dry_run: true })).body).toMatchObject({
        matched: 3,
      });
      const acknowledged = await api.post('/failures/acknowledge', chosen);
      expect(acknowledged.body).toEqual({ acknowledged: 3, left: 0, skipped: [] });
      await waitForAssertion(async () => expect(await failuresOf(api)).toEqual(single?.run_ids));
    });
  });

  test.each([
    ['limit=0', /^limit: must be 1–1000/],
    ['group=job', /^group: must be cause or message/],
    ['group=cause&after=later', /^after: must be the `next` of a page of groups/],
    ['after=1~2026-03-02T01:03:00.050Z~0123456789ab', /^after: requires group/],
    ['cause=why', /^cause: must be the `cause` of/],
    ['message_id=why', /^message_id: must be the `message_id` of/],
    ['before=yesterday', /^before: must be the run_id of a run or an ISO 8601 time/],
    ['job_id=%20', /^job_id: must be/],
  ])('refuses %s', async (query, error) => {
    const { api } = await tenantWithBadJob();

    expect(await api.get(`/failures?${query}`)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(error) },
    });
  });

  test('returns 404 for an unknown job', async () => {
    const { api } = await tenantWithBadJob();

    for (const answer of [
      await api.get('/failures?job_id=nobodys'),
      await api.post('/failures/acknowledge', { job_id: 'nobodys' }),
      await api.post('/redrive', { job_id: 'nobodys' }),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { error: 'Job not found' } });
    }
  });
});

describe('redriving failures', () => {
  const redrive = async (api: ApiClient, body: object) => (await api.post<RedriveBody>('/redrive', body)).body;

  test('runs failed runs again with the current definition and acknowledges them', async () => {
    const { api } = await tenantWithBadJob();
    const [failed = ''] = await fail(api);
    await waitForFailures(api, [failed]);
    await api.patch('/jobs/bad', { script: 'echo', args: ['mended'] });

    const dryRun = await redrive(api, { job_id: 'bad', dry_run: true });
    const { started, ...rest } = await redrive(api, { job_id: 'bad' });

    expect(dryRun).toEqual({
      matched: 1,
      started: [{ run_id: failed, new_run_id: null }],
      skipped: [],
      left: 0,
      dry_run: true,
    });
    expect(rest).toEqual({ matched: 1, skipped: [], left: 0, dry_run: false });
    const again = started[0]?.new_run_id ?? '';
    expect(await runnerClient(api).waitForEnd('bad', again)).toMatchObject({
      status: 'ok',
      stdout: 'mended',
      trigger: 'manual',
      redriven_from: failed,
    });
    expect(await runnerClient(api).run('bad', failed)).toMatchObject({
      status: 'error',
      acknowledged_note: `redriven as ${again}`,
    });
    expect(await redrive(api, { run_ids: [failed] })).toMatchObject({
      matched: 1,
      started: [],
      skipped: [{ run_id: failed, reason: `was redriven before, as ${again}`, new_run_id: again }],
    });
  });

  test('skips runs that cannot be redriven and states the reason', async () => {
    const { api } = await tenantWithBadJob({ overlap_policy: 'allow' });
    await runnerClient(api).define({ id: 'good', script: 'echo' });
    const { run_id: good } = await runnerClient(api).trigger('good');
    const [failed = ''] = await fail(api);
    const otherTenant = await system.as(freshTenant('stranger'), ['OWNER']);
    await api.post('/jobs/bad/disable');

    expect((await redrive(api, { run_ids: [good, failed, 'nothing'] })).skipped).toEqual([
      { run_id: good, reason: 'did not fail: it is completed', new_run_id: null },
      { run_id: failed, reason: "job 'bad' is disabled", new_run_id: null },
      { run_id: 'nothing', reason: 'run not found', new_run_id: null },
    ]);
    expect((await redrive(otherTenant, { run_ids: [failed] })).skipped).toEqual([
      { run_id: failed, reason: 'run not found', new_run_id: null },
    ]);
  });

  test.each([
    [{}, /^body: must select failed runs/],
    [{ run_ids: [] }, /^run_ids: must have 1–500 entries/],
    [{ run_ids: ['x'], job_id: 'bad' }, /^run_ids: must not be combined with job_id/],
    [{ job_id: 'bad', limit: 501 }, /^limit: must be 1–500/],
    [{ since: 'yesterday' }, /^since: must be an ISO 8601 time/],
    [{ job_id: 'bad', dry_run: 'yes' }, /^dry_run: must be true or false/],
  ])('fails with %j', async (body, error) => {
    const { api } = await tenantWithBadJob();

    expect(await api.post('/redrive', body)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(error) },
    });
  });

  test('selects runs by creation time', async () => {
    const { api } = await tenantWithBadJob({ overlap_policy: 'allow' });
    const [a = '', b = '', c = ''] = await fail(api, 3);
    await waitForFailures(api, [a, b, c]);
    const { created_at: time } = await runnerClient(api).run('bad', b);

    const chosen = async (body: object) =>
      (await redrive(api, { dry_run: true, ...body })).started.map(({ run_id }) => run_id);

    expect(await chosen({ since: time })).toEqual([b, c]);
    expect(await chosen({ until: time })).toEqual([a, b]);
    expect(await redrive(api, { job_id: 'bad', limit: 2, dry_run: true })).toMatchObject({ matched: 2, left: 1 });
  });
});
