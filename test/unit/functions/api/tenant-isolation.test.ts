import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFlowsCursorSigner } from '../../../../functions/api/flows/cursor.ts';
import type { ApiRoute } from '../../../../functions/api/http/route.ts';
import { pathParameterNames } from '../../../../functions/api/openapi/document.ts';
import { createPipelineCache } from '../../../../functions/api/pipelines/pipeline-cache.ts';
import { surfaces } from '../../../../functions/api/surfaces.ts';
import { JobdeckError } from '../../../../functions/core/domain/errors.ts';
import { publicRunId } from '../../../../functions/core/domain/run-id.ts';
import { formatToken } from '../../../../functions/core/domain/stage-token.ts';
import type { TenantId } from '../../../../functions/core/domain/tenant.ts';
import type { HookSecrets } from '../../../../functions/core/platform/hook-secrets.ts';
import type { Secrets } from '../../../../functions/core/platform/secrets.ts';
import type { SigningSecrets } from '../../../../functions/core/platform/signing-secrets.ts';
import { createUsageCache } from '../../../../functions/core/platform/usage-cache.ts';
import { createApiKey } from '../../../../functions/core/store/api-keys.ts';
import { createHook } from '../../../../functions/core/store/hooks.ts';
import { createJob } from '../../../../functions/core/store/jobs.ts';
import { putRun } from '../../../../functions/core/store/runs.ts';
import { aFlowJob, aFlowRun } from '../../../helpers/builders/flow-rows.ts';
import { newTenant } from '../../../helpers/builders/jobs.ts';
import { START, type TestPlatform, testPlatform } from '../../../helpers/fakes/platform.ts';
import { startTestStore, type TestStore } from '../../../helpers/system/test-store.ts';

/**
 * Requests with an id of another tenant make the same store calls as requests with an id that does not exist, so
 * response times do not reveal foreign ids.
 */

/** A ULID that does not exist. */
const UNKNOWN_ULID = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';

const routes = surfaces.flatMap(({ routes: own }) => own.filter(({ path }) => path.includes('{')));

let store: TestStore;
let platform: TestPlatform;
/** Calls to the store and to the secrets since the last request. */
const asked: string[] = [];
let dependencies: object;
let foreign: { readonly jobId: string; readonly runId: string; readonly keyId: string };
const owner = newTenant();
const otherTenant = newTenant();

beforeAll(async () => {
  store = await startTestStore({ streams: false });
  const client = Object.assign(Object.create(store.db.client) as DynamoDBClient, {
    send(command: Parameters<DynamoDBClient['send']>[0]) {
      asked.push(described(command.constructor.name, command.input));
      return store.db.client.send(command);
    },
  });
  platform = testPlatform({ ...store.db, client });
  const secrets: Secrets = {
    async put() {
      asked.push('put');
    },
    async get() {
      asked.push('get');
      return undefined;
    },
    async list() {
      asked.push('list');
      return [];
    },
    async remove() {
      asked.push('remove');
      return false;
    },
  };
  const cursors = createFlowsCursorSigner(platform);
  const pipelineCache = createPipelineCache(platform.now);
  dependencies = {
    ...platform,
    bucket: 'files',
    cursors,
    secrets,
    signingSecrets: {} as SigningSecrets,
    hookSecrets: {} as HookSecrets,
    hookTokens: { issue: async () => 'token' },
    apiUrl: '',
    pipelineCache,
  };
  foreign = await givenResources(owner);
});
afterAll(() => store.stop());

/** A flow with a run, an API key, and a hook with the same id. */
async function givenResources(tenant: TenantId) {
  const job = aFlowJob({ tenant });
  const run = aFlowRun(job, START);
  await createJob(store.db, job);
  await putRun(store.db, run);
  const key = { tenant, id: '01JNXA3V5T9YV0Q2Z6W8M4R7ZZ', name: 'key', roles: [], hash: 'x' };
  await createApiKey(store.db, { ...key, createdAt: run.createdAt, createdBy: 'somebody', lastUsedAt: null });
  await createHook(store.db, {
    tenant,
    id: key.id,
    name: null,
    managedBy: null,
    job: job.id,
    scheme: 'none',
    description: null,
    enabled: true,
    tokenHash: 'x',
    former: null,
    secret: null,
    createdAt: run.createdAt,
    createdBy: 'somebody',
  });
  return { jobId: job.id, runId: publicRunId(run), keyId: key.id };
}

/** Describes a store call without the keys. */
function described(name: string, input: object): string {
  const { TableName, IndexName, RequestItems, TransactItems, ConsistentRead, Limit } = input as Record<string, unknown>;
  const many = [RequestItems, TransactItems].map((items) => items && JSON.stringify(items).split('"pk"').length - 1);
  return JSON.stringify([name, TableName, IndexName, ConsistentRead, Limit, ...many]);
}

type Ids = typeof foreign;

const MAC_KEY = new Uint8Array(32);
const TOKEN = { secret: 'A'.repeat(43), generation: 1 };

/** Returns a path parameter of the kind shown in the OpenAPI example. */
function valueFor({ openapi }: ApiRoute, name: string, { jobId, runId, keyId }: Ids): string {
  const example = openapi().pathParameters?.[name]?.example ?? '';
  if (name === 'operator_id') return 'exp123';
  if (example.startsWith('hk_')) return formatToken('hook', { ...TOKEN, tenant: otherTenant, id: keyId }, MAC_KEY);
  if (example.startsWith('chk_')) return `chk_1_${runId}`;
  if (/^[0-9A-Z]{26}$/.test(example)) return keyId;
  return example.split('.').length === 3 ? runId : jobId;
}

/** Calls the route as another tenant and returns the response and the store calls. */
async function workOf(route: ApiRoute, ids: Ids): Promise<{ answer: unknown; asked: string[] }> {
  const { query, body } = route;
  // The usage of a tenant is read by the first start of each minute.
  const usageCache = createUsageCache(() => START);
  asked.length = 0;
  const request = {
    caller: { tenant: otherTenant, roles: ['OWNER' as const], name: 'mallory' },
    params: Object.fromEntries(pathParameterNames(route.path).map((name) => [name, valueFor(route, name, ids)])),
    query: query?.().parse({}) ?? {},
    body:
      body?.().parse(route.operation === 'pinCheckpoint' ? { pinned: true } : (BODIES[route.operation] ?? {})) ?? {},
    headers: HEADERS[route.operation] ?? {},
    remainingMs: () => 29_000,
    mayWait: async () => true,
    countRequest: async () => {},
  };
  try {
    return {
      answer: await (route as ApiRoute<unknown>).handle(request, { ...dependencies, usageCache }),
      asked: [...asked],
    };
  } catch (error) {
    if (!(error instanceof JobdeckError)) throw error;
    return { answer: { kind: error.kind, code: error.code, message: error.message }, asked: [...asked] };
  }
}

const BODIES: Readonly<Record<string, object>> = {
  triggerJobBatch: { runs: [{}] },
  createBackfill: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
  putSecret: { value: 'x' },
  putState: { value: 'x' },
  putCalendar: { dates: [] },
  putFlowCursors: { cursors: {} },
  retryFlowErrors: {},
  resolveFlowErrors: {},
  editFlowError: { note: 'x' },
  createOrReplaceJob: { name: 'Stolen', http: { url: 'https://api.test/' } },
};
const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  createOrReplaceJob: { 'if-match': '*' },
  putState: { 'if-match': '*' },
  putCalendar: { 'if-match': '*' },
};
/** The kinds of errors of routes that create a resource or list nothing under an unknown id; `undefined` for success. */
const CREATING: Readonly<Record<string, string | undefined>> = {
  putSecret: undefined,
  putState: 'precondition',
  putCalendar: 'precondition',
  listState: undefined,
  createOrReplaceJob: 'precondition',
};

describe('routes make the same store calls for an id of another tenant as for an unknown id', () => {
  test.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', async (_, route) => {
    const unknownIds = { jobId: 'nobodys1', runId: `nobodys1.abc12345.${UNKNOWN_ULID}`, keyId: UNKNOWN_ULID };
    const forForeign = await workOf(route, foreign);
    const forUnknown = await workOf(route, unknownIds);

    expect(forForeign.asked).toEqual(forUnknown.asked);
    const said = JSON.stringify(forForeign.answer);
    expect(said.replaceAll(foreign.jobId, unknownIds.jobId)).toBe(JSON.stringify(forUnknown.answer));
    const kind = route.operation in CREATING ? CREATING[route.operation] : 'not_found';
    expect((forForeign.answer as { kind?: string }).kind).toBe(kind);
    expect(forForeign.asked.length).toBeGreaterThan(0);
  });
});

test('routes make more store calls for an own id than for an unknown id', async () => {
  const { jobId, runId, keyId } = await givenResources(otherTenant);
  const route = routes.find(({ operation }) => operation === 'getJobMetrics');
  if (!route) throw new Error('there is no such route');
  const own = await workOf(route, { jobId, runId, keyId });
  const other = await workOf(route, { jobId, runId: runId.replace(/.{26}$/, UNKNOWN_ULID), keyId });

  expect(own.answer).toMatchObject({ status: 200 });
  expect(own.asked.length).toBeGreaterThan(other.asked.length);
});
