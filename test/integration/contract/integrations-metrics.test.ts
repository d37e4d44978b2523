import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MetricsView } from '../../../functions/api/integrations/metrics.ts';
import { ROLES, type Role } from '../../../functions/core/domain/access.ts';
import { RUN_CREATION_GRACE_MS } from '../../../functions/core/domain/timing.ts';
import { putLimits } from '../../../functions/core/store/limits.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { METRICS, statisticsClient } from '../../helpers/clients/statistics.ts';
import { type HoldingServer, startHoldingServer } from '../../helpers/fakes/holding-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { sweepEvent } from '../../helpers/system/sweep-event.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
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

const nothing: MetricsView = {
  pendingCount: 0,
  processingCount: 0,
  failedCount: 0,
  oldestPendingAgeMs: null,
  lastRunAt: null,
  lastRunDurationMs: null,
};

/** Creates a tenant with this limit of concurrent runs. */
async function given(concurrentRuns = 10) {
  const tenant = freshTenant();
  const { db, close } = systemDb(system);
  await putLimits(db, tenantId(tenant), { concurrentRuns });
  close();
  const api = await system.as(tenant);
  /** A job whose runs last until the switchboard answers them. */
  const held = (id: string) => ({
    id,
    type: 'http',
    http: { url: `${switchboard.url}/${tenant}` },
    overlap_policy: 'allow',
  });
  const end = async (id: string) => {
    for (const { run_id, status } of await runnerClient(api).runs(id)) {
      if (/pending|running/.test(status)) await api.post(`/jobs/${id}/runs/${run_id}/cancel`);
    }
  };
  return { tenant, api, runner: runnerClient(api), held, end, ...statisticsClient(api, tenant) };
}

describe('GET /api/integrations/jobs/metrics', () => {
  test('returns the contract’s six fields, with zero and null before the first run', async () => {
    const { api } = await given();

    const { status, body, headers } = await api.get(METRICS);

    expect(status).toBe(200);
    expect(body).toEqual(nothing);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('counts as in the example: 5 pending, 2 processing, 1 failed', async () => {
    const { runner, held, metrics } = await given(2);
    await runner.define({ id: 'fails', script: 'fail' });
    await runner.define(held('held'));
    const { run_id: failedId } = await runner.trigger('fails');
    const failed = await runner.run('fails', failedId);
    for (let n = 1; n <= 7; n++) await runner.start('held');

    const body = await waitForAssertion(async () => {
      const seen = await metrics();
      expect(seen).toMatchObject({ pendingCount: 5, processingCount: 2, failedCount: 1 });
      return seen;
    });

    expect(Object.keys(body)).toEqual(Object.keys(nothing));
    expect(body.lastRunAt).toMatch(TIME);
    expect(body).toMatchObject({ lastRunAt: failed.finished_at, lastRunDurationMs: failed.duration_ms });
    expect(body.lastRunDurationMs).toBeGreaterThan(0);
  });

  test('returns the age of the oldest pending run', async () => {
    const { runner, held, end, metrics } = await given(1);
    await runner.define(held('held'));
    await runner.start('held');
    await waitForAssertion(async () => expect(await runner.runs('held')).toMatchObject([{ status: 'running' }]));
    for (let n = 1; n <= 2; n++) await runner.start('held');
    await waitForAssertion(async () => {
      expect((await runner.runs('held')).map(({ status }) => status)).toEqual(['pending', 'pending', 'running']);
      expect(await metrics()).toMatchObject({ pendingCount: 2 });
    });
    const [, oldest] = await runner.runs('held');
    const age = () => system.clock.now() - Date.parse(oldest?.created_at ?? '');
    // Shorter than a lease, so that the running run is not lost.
    system.clock.advance(20_000);

    const before = age();
    const { oldestPendingAgeMs } = await metrics();

    expect(oldestPendingAgeMs).toBeGreaterThanOrEqual(before);
    expect(oldestPendingAgeMs).toBeLessThanOrEqual(age());
    await end('held');
    await waitForAssertion(async () => {
      expect(await metrics()).toMatchObject({ pendingCount: 0, processingCount: 0, oldestPendingAgeMs: null });
    });
  });

  test('filters by integration', async () => {
    const { runner, held, metrics } = await given(1);
    await runner.define({ ...held('chat'), integration_id: 'whatsapp' });
    await runner.define({ ...held('spend'), integration_id: 'meta' });
    await runner.define({ id: 'fails', script: 'fail', integration_id: 'meta' });
    const { run_id: failedId } = await runner.trigger('fails');
    const failed = await runner.run('fails', failedId);
    await runner.start('chat');
    await waitForAssertion(async () => expect(await metrics('whatsapp')).toMatchObject({ processingCount: 1 }));
    const older = await runner.start('chat');
    const newer = await runner.start('spend');

    await waitForAssertion(async () => {
      const [all, whatsapp, meta] = [await metrics(), await metrics('whatsapp'), await metrics('meta')];
      expect(all).toMatchObject({ pendingCount: 2, processingCount: 1, failedCount: 1 });
      expect(whatsapp).toMatchObject({
        ...nothing,
        pendingCount: 1,
        processingCount: 1,
        oldestPendingAgeMs: expect.any(Number),
      });
      const lastRun = { lastRunAt: failed.finished_at, lastRunDurationMs: failed.duration_ms };
      expect(meta).toEqual({
        ...nothing,
        pendingCount: 1,
        failedCount: 1,
        oldestPendingAgeMs: expect.any(Number),
        ...lastRun,
      });
      const apart = Date.parse(newer.created_at) - Date.parse(older.created_at);
      // The two ages were requested one after the other.
      expect((whatsapp.oldestPendingAgeMs ?? 0) - (meta.oldestPendingAgeMs ?? 0)).toBeLessThanOrEqual(apart);
    });
    expect(await metrics('instagram')).toEqual(nothing);
  });

  test('drops a failure that is purged with its job and keeps the time of the last run', async () => {
    const { tenant, api, runner, metrics } = await given();
    await runner.define({ id: 'fails', script: 'fail' });
    const { run_id: runId } = await runner.trigger('fails');
    const run = await runner.run('fails', runId);
    await waitForAssertion(async () => expect(await metrics()).toMatchObject({ failedCount: 1 }));

    await api.delete('/jobs/fails');
    system.clock.advance(RUN_CREATION_GRACE_MS);
    await system.functions.get('sweeper')?.invoke(sweepEvent(tenant));

    const last = { lastRunAt: run.finished_at, lastRunDurationMs: run.duration_ms };
    await waitForAssertion(async () => expect(await metrics()).toEqual({ ...nothing, ...last }));
  });
});

describe('access to the metrics', () => {
  const allowed: readonly Role[] = ['ADMIN', 'MANAGER', 'OWNER'];

  test.each(ROLES)('follows the contract for %s', async (role) => {
    const client = await system.as(freshTenant(), [role]);

    const { status, body } = await client.get(METRICS);

    if (allowed.includes(role)) expect({ status, body }).toEqual({ status: 200, body: nothing });
    else {
      const message = `Needs one of the roles OWNER, ADMIN, MANAGER; the token has ${role}`;
      expect({ status, body }).toEqual({ status: 403, body: { statusCode: 403, message, error: 'Forbidden' } });
    }
  });

  test('covers only the organization of the token', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    const organization = (id: string) => client.get(METRICS, { 'X-Organization-Id': id });

    expect(await organization(tenant)).toMatchObject({ status: 200, body: nothing });
    for (const other of ['org-123', '', `${tenant},${tenant}`]) {
      const message = `x-organization-id: must be the token's tenant, ${tenant}`;
      expect(await organization(other)).toMatchObject({
        status: 403,
        body: { statusCode: 403, message, error: 'Forbidden' },
      });
    }
  });

  test.each([undefined, 'Bearer nonsense', 'Basic abc'])(
    'returns 401 for the authorization %s',
    async (authorization) => {
      const { status, body, headers } = await system.anonymous(authorization).get(METRICS);

      expect(status).toBe(401);
      expect(body).toEqual({ statusCode: 401, message: expect.stringMatching(/bearer/i), error: 'Unauthorized' });
      expect(headers.get('www-authenticate')).toBe('Bearer');
    },
  );

  test.each([
    ['integrationId=', /^integrationId: must be 1–64 of /],
    ['integrationId=a%20b', /^integrationId: must be 1–64 of .*got "a b"$/],
    ['integrationId=a&integrationId=b', /^integrationId: must be 1–64 of .*got "a,b"$/],
    ['organization=org-123', /^query: unknown query parameter 'organization'; known are integrationId$/],
  ])('returns 400 for ?%s', async (query, message) => {
    const client = await system.as(freshTenant());

    expect(await client.get(`${METRICS}?${query}`)).toMatchObject({
      status: 400,
      body: { statusCode: 400, message: expect.stringMatching(message), error: 'Bad Request' },
    });
  });
});
