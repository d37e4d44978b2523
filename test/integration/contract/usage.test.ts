import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UsageView } from '../../../functions/api/administration/usage.ts';
import { seedCounter } from '../../../functions/core/store/counters.ts';
import { counterKey } from '../../../functions/core/store/keys.ts';
import { flowsClient } from '../../helpers/clients/flows.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

/** Usage of a tenant by day and month, for its members and for operators. */

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(async () => system?.stop());

const today = () => new Date(system.clock.now()).toISOString().slice(0, 10);

describe('GET /usage', () => {
  test('counts ended runs, their compute time and records, and the bytes that they stored', async () => {
    const tenant = freshTenant('usage');
    const api = await system.as(tenant);
    const runner = runnerClient(api);
    const flows = flowsClient(api);
    await runner.define({ id: 'nap', script: 'sleep', args: ['1.1'] });
    await runner.define({ id: 'bad', script: 'fail' });
    const inline = { id: 'in', type: 'inline', records: [1, 2, 3].map((n) => ({ n })) };
    await flows.define('copy', { sources: [inline], sinks: [{ id: 'out', type: 'preview' }] });
    const from = today();

    for (const id of ['nap', 'bad']) await runner.trigger(id);
    await flows.waitForEnd(await flows.start('copy'));

    await waitForAssertion(async () => {
      const { status, body } = await api.get<UsageView>(`/usage?from=${from}`);
      const limits = await api.get<{ readonly used: Readonly<Record<string, number>> }>('/limits');
      expect(status).toBe(200);
      const days = body.usage;
      const sum = (name: 'runs' | 'compute_seconds' | 'records') => days.reduce((all, one) => all + one[name], 0);
      expect([sum('runs'), sum('records')]).toEqual([3, 3]);
      expect(sum('compute_seconds')).toBeGreaterThanOrEqual(1);
      expect(days.at(-1)?.stored_bytes).toBe(limits.body.used.storedBytes);
      expect(days.at(-1)?.stored_bytes).toBeGreaterThan(0);
      expect(Object.keys(days[0] ?? {})).toEqual(['day', 'runs', 'compute_seconds', 'records', 'stored_bytes']);
    });
  });

  test.each(['day', 'month'])('returns an empty list by %s for a range after today', async (group) => {
    const api = await system.as(freshTenant('usage'), ['MEMBER']);
    const tomorrow = new Date(system.clock.now() + 86_400_000).toISOString().slice(0, 10);

    const { status, body } = await api.get<UsageView>(`/usage?from=${tomorrow}&to=${tomorrow}&group=${group}`);

    expect([status, body]).toEqual([200, { usage: [] }]);
  });

  test('returns days without usage, months, and CSV', async () => {
    const tenant = freshTenant('usage');
    const api = await system.as(tenant, ['MEMBER']);
    const store = systemDb(system);
    const given = { '2026-09-30': 2, '2026-10-02': 3 };
    for (const [day, runs] of Object.entries(given)) {
      const { sk } = counterKey(tenantId(tenant), { kind: 'day', day });
      await seedCounter(store.db, tenantId(tenant), sk, {
        t_runs: runs,
        t_busyMs: 1_600,
        t_records: 7,
        d_storedBytes: 50,
      });
    }
    await seedCounter(store.db, tenantId(tenant), 'TENANT', { d_storedBytes: 200 });
    store.close();
    const range = 'from=2026-09-30&to=2026-10-02';
    const csv = 'month,runs,compute_seconds,records,stored_bytes\r\n2026-09,2,1,7,150\r\n2026-10,3,1,7,200\r\n';

    expect((await api.get(`/usage?${range}`)).body).toEqual({
      usage: [
        { day: '2026-09-30', runs: 2, compute_seconds: 1, records: 7, stored_bytes: 150 },
        { day: '2026-10-01', runs: 0, compute_seconds: 0, records: 0, stored_bytes: 150 },
        { day: '2026-10-02', runs: 3, compute_seconds: 1, records: 7, stored_bytes: 200 },
      ],
    });
    expect((await api.get(`/usage?${range}&group=month`)).body).toEqual({
      usage: [
        { month: '2026-09', runs: 2, compute_seconds: 1, records: 7, stored_bytes: 150 },
        { month: '2026-10', runs: 3, compute_seconds: 1, records: 7, stored_bytes: 200 },
      ],
    });
    const asCsv = await api.get(`/usage?${range}&group=month&format=csv`);
    expect(asCsv.body).toBe(csv);
    expect(asCsv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(await api.get(`/usage?${range}&group=month`, { accept: 'text/csv' })).toMatchObject({ body: csv });
    expect(await api.get(`/usage?${range}&format=json`, { accept: 'text/csv' })).toMatchObject({
      body: { usage: [{}, {}, {}] },
    });

    // A super_admin of another tenant; the trail of the tenant records it.
    const operator = await system.as('ops', ['super_admin'], 'olga');
    const of = { 'x-tenantid': tenant };
    expect(await operator.get(`/api/v1/admin/usage?${range}&group=month`, of)).toMatchObject({
      status: 200,
      body: {
        success: true,
        data: {
          usage: [
            { month: '2026-09', runs: 2 },
            { month: '2026-10', runs: 3 },
          ],
        },
      },
    });
    expect(await operator.get(`/api/v1/admin/usage?${range}&group=month&format=csv`, of)).toMatchObject({ body: csv });
    const owner = await system.as(tenant, ['OWNER']);
    expect((await owner.get('/audit')).body).toMatchObject({
      audit: [
        { operation: 'getUsage', surface: 'admin', actor: 'olga', actor_tenant: 'ops', status: 200 },
        { operation: 'getUsage' },
      ],
    });
    const local = await system.as('ops', ['system_admin']);
    expect(await local.get('/api/v1/admin/usage', of)).toMatchObject({ status: 403 });
    expect(await api.get('/api/v1/admin/usage', of)).toMatchObject({ status: 403 });
  });

  test('covers the current month by default, and no day that has not come', async () => {
    const api = await system.as(freshTenant('usage'));

    const { body } = await api.get<UsageView>('/usage');
    const { body: ahead } = await api
      .get<UsageView>(`/usage?from=${today()}&to=2099-01-01`)
      .catch(() => ({ body: null }));
    const soon = new Date(system.clock.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    const { body: few } = await api.get<UsageView>(`/usage?from=${today()}&to=${soon}`);

    expect(body.usage[0]?.day).toBe(`${today().slice(0, 7)}-01`);
    expect(body.usage.at(-1)?.day).toBe(today());
    expect(ahead).toEqual({ error: expect.stringMatching(/^from: must be at most 400 days before to/) });
    expect(few.usage).toHaveLength(1);
  });

  test.each([
    ['from=2026-13-01', 'from: must be a day such as 2026-03-02 (UTC), got "2026-13-01"'],
    ['to=yesterday', 'to: must be a day such as 2026-03-02 (UTC), got "yesterday"'],
    ['from=2026-03-03&to=2026-03-02', 'from: must not be after to, 2026-03-02, got 2026-03-03'],
    ['from=2025-01-01&to=2026-03-02', 'from: must be at most 400 days before to, got 426'],
    ['to=2099-01-01', /^to: must be at most 400 days after from, \d{4}-\d\d-01, got 2099-01-01$/],
    ['group=week', 'group: must be day or month, got "week"'],
    ['format=xml', 'format: must be json or csv, got "xml"'],
    ['tenant=acme', "query: unknown query parameter 'tenant'; known are from, to, group, format"],
  ])('refuses %s', async (query, error) => {
    const api = await system.as(freshTenant('usage'));

    expect(await api.get(`/usage?${query}`)).toMatchObject({
      status: 400,
      body: { error: typeof error === 'string' ? error : expect.stringMatching(error) },
    });
  });
});
