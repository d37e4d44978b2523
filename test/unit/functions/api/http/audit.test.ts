import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuditRecorder } from '../../../../../functions/api/http/audit.ts';
import { OtherTenantError } from '../../../../../functions/api/http/other-tenant-error.ts';
import type { ApiResponse, Route } from '../../../../../functions/api/http/route.ts';
import type { Caller } from '../../../../../functions/core/domain/access.ts';
import { type AuditRecord, auditTargets, MAX_AUDIT_TARGETS } from '../../../../../functions/core/domain/audit.ts';
import { InvalidInput } from '../../../../../functions/core/domain/errors.ts';
import { encodeUlidTime } from '../../../../../functions/core/domain/run-id.ts';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { walkAuditRecords } from '../../../../../functions/core/store/audit-trail.ts';
import type { Db } from '../../../../../functions/core/store/db.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { apiEvent } from '../../../../helpers/clients/handler.ts';
import { faultyDb } from '../../../../helpers/fakes/faulty-db.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

const DAY_MS = 86_400_000;
const change: Route = { method: 'DELETE', path: '/jobs/{id}', operation: 'deleteJob', action: 'define' };
const read: Route = { method: 'GET', path: '/jobs/{id}', operation: 'getJob', action: 'read' };
const secret: Route = { ...read, path: '/signing-secret', operation: 'getSigningSecret', audited: true };

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

/** Creates the audit trail of a new tenant, written through `wrap`. */
function trail(wrap: (db: Db) => Db = (db) => db) {
  const platform = testPlatform(store.db);
  const tenant = newTenant();
  const caller: Caller = { tenant, roles: ['OWNER'], name: 'ana@acme.test', id: '5a1c' };
  const db = wrap(store.db);
  const audit = createAuditRecorder({ ...platform, surface: 'runner', dbOf: () => db, auditDays: 400 });
  const asked = (route: Route, params: Readonly<Record<string, string>> = { id: 'sync' }) => {
    return { route, event: apiEvent({ routeKey: `${route.method} ${route.path}`, params }) };
  };
  const records = async (of: TenantId = tenant, now = platform.now()): Promise<AuditRecord[]> => {
    const all = { since: 0, until: START + 10 * DAY_MS, before: null };
    const found: AuditRecord[] = [];
    for await (const page of walkAuditRecords(store.db, of, all, now)) found.push(...page);
    return found;
  };
  return { audit, asked, records, caller, tenant, platform };
}

const done = async (): Promise<ApiResponse> => ({ status: 200, body: { ok: true } });

describe('the audit trail of a change', () => {
  test('contains the change without a status before it is made, and with one afterwards', async () => {
    const { audit, asked, records, caller, tenant } = trail();
    let meanwhile: AuditRecord[] = [];

    await audit.perform(asked(change), caller, async () => {
      meanwhile = await records();
      return { status: 202, targets: ['run-1'] };
    });

    const who = {
      tenant,
      at: new Date(START).toISOString(),
      actor: 'ana@acme.test',
      actorId: '5a1c',
      actorTenant: tenant,
    };
    const what = { action: 'define', operation: 'deleteJob', surface: 'runner', roles: ['OWNER'], namedTenant: null };
    const from = { requestId: 'request-1', sourceIp: '192.0.2.1' };
    expect(meanwhile).toEqual([
      { id: expect.any(String), ...who, ...what, ...from, status: null, targets: ['sync'], targetCount: 1 },
    ]);
    expect(await records()).toEqual([{ ...meanwhile[0], status: 202, targets: ['sync', 'run-1'], targetCount: 2 }]);
  });

  test('contains the status of a rejected and of a failed change', async () => {
    const { audit, asked, records, caller } = trail();
    const fails = (error: Error) => audit.perform(asked(change), caller, () => Promise.reject(error));

    await expect(fails(new InvalidInput('name', 'must be short'))).rejects.toThrow('name: must be short');
    await expect(fails(new Error('boom'))).rejects.toThrow('boom');

    expect(new Set((await records()).map(({ status }) => status))).toEqual(new Set([400, 500]));
  });

  test('prevents the change if the record cannot be written', async () => {
    const { audit, asked, records, caller } = trail((db) => faultyDb(db, { crashAtCall: 1 }));
    let isDone = false;
    const act = async () => {
      isDone = true;
      return done();
    };

    await expect(audit.perform(asked(change), caller, act)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'audit.unavailable',
    });

    expect(isDone).toBe(false);
    expect(await records()).toEqual([]);
  });

  test('keeps the response of a change whose status cannot be written', async () => {
    const { audit, asked, records, caller, platform } = trail((db) => faultyDb(db, { crashAtCall: 2 }));

    expect(await audit.perform(asked(change), caller, done)).toMatchObject({ status: 200 });

    expect(await records()).toMatchObject([{ status: null }]);
    expect(platform.logged).toMatchObject([{ level: 'error', message: 'audit.outcome_not_recorded' }]);
  });
});

describe('the audit trail of a read', () => {
  test('omits reads', async () => {
    const { audit, asked, records, caller } = trail();
    await audit.perform(asked(read), caller, done);
    await audit.perform(asked({ ...read, action: 'public' }), undefined, done);
    expect(await records()).toEqual([]);
  });

  test('contains reads of a secret, and prevents them if the record cannot be written', async () => {
    const { audit, asked, records, caller } = trail();
    await audit.perform(asked(secret, {}), caller, done);
    expect(await records()).toMatchObject([{ operation: 'getSigningSecret', status: 200, targets: [] }]);

    const broken = trail((db) => faultyDb(db, { crashAtCall: 1 }));
    const refused = broken.audit.perform(broken.asked(secret, {}), broken.caller, done);
    await expect(refused).rejects.toMatchObject({ code: 'audit.unavailable' });
  });

  test('contains reads by a caller of another tenant, in the trail of the tenant that was read', async () => {
    const { audit, asked, records, caller, tenant } = trail();
    const home = newTenant();

    await audit.perform(asked(read), { ...caller, homeTenant: home, roles: ['super_admin'] }, done);

    expect(await records()).toMatchObject([{ actorTenant: home, tenant, status: 200, roles: ['super_admin'] }]);
    expect(await records(home)).toEqual([]);
  });
});

describe('the audit trail of a request that names another tenant', () => {
  test("contains the request in the trail of the caller's tenant", async () => {
    const { audit, asked, records, caller } = trail();

    await audit.recordRefusal(asked(change), new OtherTenantError(caller, 'globex', 'must be yours'));

    expect(await records()).toMatchObject([{ operation: 'deleteJob', namedTenant: 'globex', status: 403 }]);
    expect(await records('globex' as TenantId)).toEqual([]);
  });

  test('logs a record that cannot be written', async () => {
    const { audit, asked, caller, platform } = trail((db) => faultyDb(db, { crashAtCall: 1 }));
    await audit.recordRefusal(asked(change), new OtherTenantError(caller, 'globex', 'must be yours'));
    expect(platform.logged).toMatchObject([{ message: 'audit.refusal_not_recorded' }]);
  });
});

describe('a record of the audit trail', () => {
  test('has the timestamp that its id contains', async () => {
    const { audit, asked, records, caller, platform } = trail();
    const ticking = createAuditRecorder({
      ...platform,
      now: () => {
        platform.advance(1);
        return platform.now();
      },
      surface: 'runner',
      dbOf: () => store.db,
      auditDays: 400,
    });
    await ticking.perform(asked(change), caller, done);
    await audit.perform(asked(change), caller, done);

    for (const { id, at } of await records()) expect(encodeUlidTime(Date.parse(at))).toBe(id.slice(0, 10));
  });

  test('expires after the configured number of days', async () => {
    const { audit, asked, records, caller } = trail();
    await audit.perform(asked(change), caller, done);

    expect(await records(undefined, START + 400 * DAY_MS - 1_000)).toHaveLength(1);
    expect(await records(undefined, START + 400 * DAY_MS)).toEqual([]);
  });

  test('truncates the list of targets and their ids, and counts all of them', () => {
    const ids = Array.from({ length: MAX_AUDIT_TARGETS + 5 }, (_, i) => `${i}-${'x'.repeat(9_000)}`);

    const { targets, targetCount } = auditTargets([...ids, ...ids]);

    expect(targetCount).toBe(ids.length);
    expect(targets).toHaveLength(MAX_AUDIT_TARGETS);
    expect(Math.max(...targets.map((id) => id.length))).toBe(256);
  });
});
