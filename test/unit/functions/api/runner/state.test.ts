import { describe, expect, it } from 'vitest';
import type { ApiRoute } from '../../../../../functions/api/http/route.ts';
import { stateRoutes } from '../../../../../functions/api/runner/state.ts';
import { parseTenantId, type TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { getState, putState } from '../../../../../functions/core/store/script-state.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';

const tenant = parseTenantId('acme') as TenantId;
const place = { namespace: '_meta', key: 'token' };
const now = Date.now;

/** Calls an operation with a token in the namespace of scripts alone. */
async function given() {
  const db = memoryDb();
  await putState(db, tenant, place, { value: 'hunter2', ttlSeconds: null }, now());
  const call = (operation: string, body?: unknown) => {
    const route = stateRoutes.find((candidate) => candidate.operation === operation) as ApiRoute<object>;
    const request = { caller: { tenant }, params: place, query: { prefix: '', limit: 10 }, headers: {}, body };
    return route.handle(request as unknown as Parameters<typeof route.handle>[0], { db, now });
  };
  return { db, call };
}

describe('the state over HTTP', () => {
  it('shows no value of scripts alone, and changes none', async () => {
    const { db, call } = await given();

    await expect(call('getState')).rejects.toThrow('Value not found');
    expect(await call('listState')).toMatchObject({ body: { entries: [], next: null } });
    await expect(call('deleteState')).rejects.toThrow('Value not found');
    await expect(call('putState', { value: 1, ttl_s: null })).rejects.toThrow('must not start with _');
    expect(await getState(db, tenant, place, now())).toMatchObject({ value: 'hunter2' });
  });
});
