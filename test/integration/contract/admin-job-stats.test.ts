import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROLES, type Role } from '../../../functions/core/domain/access.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { type JobStatsBody, jobStatsPath, statisticsClient } from '../../helpers/clients/statistics.ts';
import { type HoldingServer, startHoldingServer } from '../../helpers/fakes/holding-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

let system: TestSystem;
let switchboard: HoldingServer;

beforeAll(async () => {
  [system, switchboard] = await Promise.all([shareTestSystem(), startHoldingServer()]);
});
afterAll(async () => {
  await system?.stop();
  await switchboard?.stop();
});

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const SECONDS = /^(\d\.\d|[1-9]\d+)s$/;
const PATH = jobStatsPath('tokenExpiry');
const SIX_HOURLY_CRON = '0 */6 * * *';

/** Creates a tenant with the job of the contract's example, which reports 150 items. */
async function given(tenant = freshTenant()) {
  const runner = runnerClient(await system.as(tenant));
  const admin = await system.as(tenant, ['system_admin']);
  const job = {
    id: 'tokenExpiry',
    script: 'report',
    args: ['150'],
    schedule: SIX_HOURLY_CRON,
    overlap_policy: 'allow',
  };
  await runner.define(job);
  return { tenant, runner, admin, ...statisticsClient(admin, tenant) };
}

const failure = (message: unknown, error: string) => ({
  success: false,
  message,
  error,
  timestamp: expect.stringMatching(TIME),
});

describe('GET /api/v1/admin/jobs/{jobName}/stats', () => {
  test('returns the contract’s example', async () => {
    const { tenant, runner, admin } = await given();
    for (let n = 0; n < 2; n++) await runner.trigger('tokenExpiry');
    const rows = await runner.runs('tokenExpiry');

    await waitForAssertion(async () => {
      const before = system.clock.now();
      const { status, body } = await admin.get<JobStatsBody>(PATH, {
        accept: 'application/json',
        'x-tenantid': tenant,
        realmname: 'master',
      });
      expect(status).toBe(200);
      expect(body).toEqual({
        success: true,
        message: 'Job statistics retrieved successfully',
        data: {
          jobName: 'tokenExpiry',
          status: 'idle',
          queue: { pending: 0, processing: 0, failed: 0, completed: 2 },
          performance: {
            averageExecutionTime: expect.stringMatching(SECONDS),
            lastExecutionTime: expect.stringMatching(SECONDS),
            successRate: '100%',
          },
          schedule: {
            cron: SIX_HOURLY_CRON,
            nextRun: (await runner.job('tokenExpiry')).next_run,
            lastRun: rows[0]?.started_at,
          },
          recentExecutions: rows.map((row) => ({
            id: row.run_id,
            status: 'completed',
            startedAt: row.started_at,
            completedAt: row.finished_at,
            itemsProcessed: 150,
          })),
          generatedAt: expect.stringMatching(TIME),
        },
        timestamp: body.data.generatedAt,
      });
      expect(Date.parse(body.timestamp)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(body.timestamp)).toBeLessThanOrEqual(system.clock.now());
    });
    expect(rows).toHaveLength(2);
    expect((await runner.job('tokenExpiry')).next_run).toMatch(/T(00|06|12|18):00:00\.000Z$/);
  });

  test('returns null before the first run', async () => {
    const { jobStats } = await given();

    expect(await jobStats('tokenExpiry')).toMatchObject({
      status: 'idle',
      queue: { pending: 0, processing: 0, failed: 0, completed: 0 },
      performance: { averageExecutionTime: null, lastExecutionTime: null, successRate: null },
      schedule: { cron: SIX_HOURLY_CRON, lastRun: null },
      recentExecutions: [],
    });
  });

  test('returns the success rate and the duration of completed and failed runs', async () => {
    const { runner, jobStats } = await given();
    await runner.define({ id: 'flaky', script: 'fail' });
    await runner.trigger('flaky');
    await runner.api.patch('/jobs/flaky', { script: 'echo' });
    for (let n = 0; n < 2; n++) await runner.trigger('flaky');
    const [newest, ...older] = await runner.runs('flaky');
    const seconds = (ms: number) => `${(Math.round(ms / 100) / 10).toFixed(1)}s`;
    const total = [newest, ...older].reduce((sum, run) => sum + (run?.duration_ms ?? 0), 0);

    await waitForAssertion(async () => {
      expect(await jobStats('flaky')).toMatchObject({
        queue: { failed: 1, completed: 2 },
        performance: {
          averageExecutionTime: seconds(total / 3),
          lastExecutionTime: seconds(newest?.duration_ms ?? 0),
          successRate: '66.7%',
        },
        schedule: { cron: null, nextRun: null, lastRun: newest?.started_at },
        recentExecutions: [{ status: 'completed' }, { status: 'completed' }, { status: 'failed', itemsProcessed: 0 }],
      });
    });
  });

  test('returns running, pending, disabled or idle, in this order of precedence', async () => {
    const { tenant, runner, jobStats } = await given();
    const http = { url: `${switchboard.url}/${tenant}` };
    await runner.define({ id: 'held', type: 'http', http, overlap_policy: 'queue' });
    const { run_id: first } = await runner.start('held');
    const call = await switchboard.call(`/${tenant}`);
    await runner.start('held');

    await waitForAssertion(async () => {
      expect(await jobStats('held')).toMatchObject({
        status: 'running',
        queue: { pending: 1, processing: 1 },
        recentExecutions: [{ id: first, status: 'processing', completedAt: null, itemsProcessed: 0 }],
      });
    });
    await runner.api.post('/jobs/held/disable');
    expect(await jobStats('held')).toMatchObject({ status: 'disabled', schedule: { nextRun: null } });
    await runner.api.post('/jobs/held/enable');
    call.answer();
    (await switchboard.call(`/${tenant}`, 2)).answer();
    await waitForAssertion(async () => {
      expect(await jobStats('held')).toMatchObject({
        status: 'idle',
        queue: { pending: 0, processing: 0, completed: 2 },
      });
    });
  });

  test('returns the newest ten runs', async () => {
    const { runner, jobStats } = await given();
    for (let n = 0; n < 11; n++) await runner.trigger('tokenExpiry');

    const rows = await runner.runs('tokenExpiry');

    await waitForAssertion(async () => expect((await jobStats('tokenExpiry')).queue.completed).toBe(11));
    const { recentExecutions } = await jobStats('tokenExpiry');
    expect(recentExecutions.map(({ id }) => id)).toEqual(rows.slice(0, 10).map(({ run_id }) => run_id));
  });

  test('starts from zero for a job that was deleted and defined again', async () => {
    const { runner, admin, tenant, jobStats } = await given();
    await runner.trigger('tokenExpiry');
    await waitForAssertion(async () => expect((await jobStats('tokenExpiry')).queue.completed).toBe(1));

    await runner.api.delete('/jobs/tokenExpiry');
    expect(await admin.get(PATH, { 'x-tenantid': tenant })).toMatchObject({ status: 404 });
    await runner.define({ id: 'tokenExpiry', script: 'echo' });

    expect(await jobStats('tokenExpiry')).toMatchObject({
      queue: { completed: 0 },
      performance: { successRate: null },
      recentExecutions: [],
    });
  });
});

describe('error responses', () => {
  test.each(['a b', '-tokenExpiry', 'token#Expiry', 'x'.repeat(65), '..%2f'])(
    'include 400 Invalid job name for "%s"',
    async (name) => {
      const { admin, tenant } = await given();

      const { status, body } = await admin.get(jobStatsPath(name), { 'x-tenantid': tenant });

      expect(status).toBe(400);
      const message = `jobName: must be 1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit, got '${name}'`;
      expect(body).toEqual(failure(message, 'Invalid job name'));
    },
  );

  test.each([undefined, '', 'a b', 'x'.repeat(65)])('include 400 for x-tenantid "%s"', async (named) => {
    const { admin } = await given();

    const { status, body } = await admin.get(PATH, named === undefined ? {} : { 'x-tenantid': named });

    expect(status).toBe(400);
    expect(body).toEqual(
      failure(expect.stringMatching(/^x-tenantid: must be given and be a tenant id/), 'Invalid job name'),
    );
  });

  test('include 400 for query parameters', async () => {
    const { admin, tenant } = await given();

    const { status, body } = await admin.get(`${PATH}?limit=5`, { 'x-tenantid': tenant });

    expect(status).toBe(400);
    const message = "query: unknown query parameter 'limit'; none is known here";
    expect(body).toEqual(failure(message, 'Invalid job name'));
  });

  test.each([undefined, 'Bearer nonsense', 'Basic abc'])(
    'include 401 Authentication failed: %s',
    async (authorization) => {
      const { tenant } = await given();

      const { status, body, headers } = await system.anonymous(authorization).get(PATH, { 'x-tenantid': tenant });

      expect(status).toBe(401);
      expect(body).toEqual(failure(expect.stringMatching(/bearer/i), 'Authentication failed'));
      expect(headers.get('www-authenticate')).toBe('Bearer');
    },
  );

  const allowed: readonly Role[] = ['system_admin', 'super_admin'];
  test.each(ROLES.filter((role) => !allowed.includes(role)))(
    'include 403 Insufficient permissions: %s',
    async (role) => {
      const { tenant } = await given();
      const client = await system.as(tenant, [role]);

      const { status, body } = await client.get(PATH, { 'x-tenantid': tenant });

      expect(status).toBe(403);
      const message = `Needs one of the roles system_admin, super_admin; the token has ${role}`;
      expect(body).toEqual(failure(message, 'Insufficient permissions'));
    },
  );

  test('include 403 for another tenant, except for a super_admin, whose access is logged', async () => {
    const [mine, theirs] = [await given(), await given()];
    const superAdmin = await system.as(mine.tenant, ['super_admin'], 'root@example.test');
    await theirs.runner.trigger('tokenExpiry');
    const headers = { 'x-tenantid': theirs.tenant };

    const { status, body } = await mine.admin.get(PATH, headers);

    expect(status).toBe(403);
    const message = `x-tenantid: must be the token's tenant, ${mine.tenant}`;
    expect(body).toEqual(failure(message, 'Insufficient permissions'));
    await waitForAssertion(async () => {
      const answer = await superAdmin.get<JobStatsBody>(PATH, headers);
      expect(answer).toMatchObject({ status: 200, body: { data: { queue: { completed: 1 } } } });
    });
    const undecided = await superAdmin.get(PATH, { ...headers, 'x-organization-id': mine.tenant });
    expect(undecided.body).toEqual(
      failure(
        `x-organization-id: must be the tenant that x-tenantid names, ${theirs.tenant}`,
        'Insufficient permissions',
      ),
    );
    const audited = { caller: 'root@example.test', of: mine.tenant, tenant: theirs.tenant, action: 'adminStats' };
    await waitForAssertion(() => {
      const lines = system.logs.filter(({ text }) => text.includes('tenant.switched'));
      expect(lines.map(({ text }) => JSON.parse(text))).toContainEqual(expect.objectContaining(audited));
    });
  });

  test('include 404 Job not found', async () => {
    const { admin, tenant } = await given();

    const { status, body } = await admin.get(jobStatsPath('nonexistent'), { 'x-tenantid': tenant });

    expect(status).toBe(404);
    expect(body).toEqual(failure("There is no job 'nonexistent'", 'Job not found'));
  });
});
