import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { ApiRoute } from '../../../../../functions/api/http/route.ts';
import { stateRoutes } from '../../../../../functions/api/runner/state.ts';
import { parseTenantId, type TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { getState, putState } from '../../../../../functions/core/store/script-state.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';

const tenant = parseTenantId('acme') as TenantId;
const place = { namespace: '_meta', key: 'token' };
const now = Date.now;

/** Rejects every call, as DynamoDB rejects a key of more than 1 KB. */
const rejecting = { send: () => Promise.reject(new Error('ValidationException')) } as unknown as DynamoDBClient;

/** Calls an operation with a token in the namespace of scripts alone. */
async function given(params = place) {
  const db = memoryDb();
  await putState(db, tenant, place, { value: 'hunter2', ttlSeconds: null }, now());
  const call = (operation: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const route = stateRoutes.find((candidate) => candidate.operation === operation) as ApiRoute<object>;
    const request = { caller: { tenant }, params, query: { prefix: '', limit: 10 }, headers, body };
    const isStored = params === place;
    const platform = { db: isStored ? db : { ...db, client: rejecting }, now };
    return route.handle(request as unknown as Parameters<typeof route.handle>[0], platform);
  };
  return { db, call };
}

describe('the state over HTTP', () => {
  it.each([
    ['namespace', { namespace: 'n'.repeat(1_100), key: 'token' }],
    ['key', { namespace: 'default', key: 'ä'.repeat(600) }],
  ])('has no value at a %s that is too long', async (_, place) => {
    const { call } = await given(place);

    await expect(call('getState')).rejects.toThrow('Value not found');
    await expect(call('deleteState')).rejects.toThrow('Value not found');
    await expect(call('deleteState', undefined, { 'if-match': '*' })).rejects.toThrow('another version');
  });

  it('lists no values of a namespace that is too long', async () => {
    const { call } = await given({ namespace: 'n'.repeat(1_100), key: 'token' });

    expect(await call('listState')).toMatchObject({ body: { entries: [], next: null } });
  });

  it('rejects a change that names more than 50 versions', async () => {
    const { call } = await given({ namespace: 'default', key: 'token' });
    const headers = { 'if-match': Array.from({ length: 51 }, (_, i) => `"${i}"`).join(', ') };

    await expect(call('putState', { value: 1, ttl_s: null }, headers)).rejects.toThrow(
      'must have at most 50 entity tags',
    );
  });

  it('shows no value of scripts alone, and changes none', async () => {
    const { db, call } = await given();

    await expect(call('getState')).rejects.toThrow('Value not found');
    expect(await call('listState')).toMatchObject({ body: { entries: [], next: null } });
    await expect(call('deleteState')).rejects.toThrow('Value not found');
    await expect(call('putState', { value: 1, ttl_s: null })).rejects.toThrow('must not start with _');
    expect(await getState(db, tenant, place, now())).toMatchObject({ value: 'hunter2' });
  });
});
