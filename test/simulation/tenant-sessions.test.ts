import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Env } from '../../functions/core/platform/env-names.ts';
import { createTenantSession } from '../../functions/core/platform/tenant-session.ts';
import { getJob, listJobs } from '../../functions/core/store/jobs.ts';
import { listTenants } from '../../functions/core/store/tenants.ts';
import { REGION } from '../../lib/local/support/arn.ts';
import { type HttpService, serveHttp } from '../../lib/local/support/http.ts';
import { systemDb } from '../helpers/system/system-db.ts';
import { startTestSystem, type TestSystem, tenantId } from '../helpers/system/test-system.ts';

let system: TestSystem;
let sts: HttpService;
/** Requests that STS received. */
const stsRequests: string[] = [];
/** Calls that IAM denied; these tests provoke them. */
const refusals: string[] = [];
const [acmeId, globexId] = [tenantId('acme'), tenantId('globex')];
let isDown = false;

beforeAll(async () => {
  let upstream = '';
  sts = await serveHttp(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    stsRequests.push(body);
    if (isDown) {
      response.writeHead(503).end();
      return;
    }
    const { authorization = '' } = request.headers;
    const answer = await fetch(upstream, { method: 'POST', headers: { authorization }, body });
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(await answer.text());
  });
  system = await startTestSystem({
    log: ({ functionName, text }) => {
      if (functionName === 'iam') refusals.push(text);
    },
    env: (services) => {
      upstream = services.sts;
      return { AWS_ENDPOINT_URL_STS: sts.url };
    },
  });
});
afterAll(async () => {
  await system.stop();
  await sts.stop();
});

const requestedTenants = () => stsRequests.map((body) => new URLSearchParams(body).get('Tags.member.1.Value'));

test('shares one session among the requests of a tenant', async () => {
  const [acme, globex] = [await system.as('acme'), await system.as('globex')];
  stsRequests.length = 0;

  for (const client of [acme, acme, globex, acme]) expect((await client.get('/jobs')).status).toBe(200);

  expect(requestedTenants()).toEqual(['acme', 'globex']);
});

test('opens no session for keys of invented tenants', async () => {
  const acme = await system.as('acme');
  await acme.get('/jobs');
  stsRequests.length = 0;
  const [id, part] = ['01JNXA3V5T9YV0Q2Z6W8M4R7B1', 'x'.repeat(43)];

  for (let i = 0; i < 10; i++) {
    for (const key of [`jk_invented-${i}.${id}.${part}`, `jk_invented-${i}.${id}.${part}.1.${part}`]) {
      expect((await system.anonymous(`Bearer ${key}`).get('/jobs')).status).toBe(401);
    }
  }

  expect(requestedTenants()).toEqual([]);
});

test('serves tenants with a session while STS is down, and asks others to retry', async () => {
  const [acme, initech] = [await system.as('acme'), await system.as('initech')];
  const umbrella = await system.as('umbrella');
  const { body } = await umbrella.post<{ key: string }>('/v1/api-keys', { name: 'ci', roles: ['ADMIN'] });
  const umbrellaKey = body.key;
  await acme.get('/jobs');
  isDown = true;

  const waiting = await initech.get('/jobs');

  expect(waiting).toMatchObject({
    status: 503,
    body: { error: expect.stringMatching(/temporarily unavailable; try again/) },
  });
  expect(waiting.headers.get('retry-after')).toBe('5');
  const define = { id: 'sync', name: 'Sync', script: 'echo' };
  expect(await initech.post('/jobs', define)).toMatchObject({ status: 503 });
  expect((await acme.get('/jobs')).status).toBe(200);
  expect((await system.anonymous().get('/health')).status).toBe(200);
  // The key was issued by another function, so this one has no session of its tenant.
  expect((await system.anonymous(`Bearer ${umbrellaKey}`).get('/jobs')).status).toBe(503);

  isDown = false;
  expect((await initech.post('/jobs', define)).status).toBe(201);
});

test("confines the holder of a function's credentials or session to their permissions", async () => {
  for (const tenant of ['acme', 'globex']) {
    await (await system.as(tenant)).post('/jobs', { id: 'payroll', name: `Payroll of ${tenant}`, script: 'echo' });
  }
  refusals.length = 0;
  const runner = system.env('api-runner');
  const own = { accessKeyId: runner.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'any' };
  const tokens = new STSClient({ region: REGION, endpoint: sts.url, credentials: own, maxAttempts: 1 });
  const open = (RoleArn = '', tag = 'acme') =>
    tokens.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me', Tags: [{ Key: 'tenant', Value: tag }] }));
  const session = createTenantSession({ sts: tokens, roleArn: runner[Env.tenantRoleArn] ?? '', now: Date.now }, acmeId);
  const credentials = await session();
  const { db, close } = systemDb(system);
  const { tables } = db;
  close();
  const dbWith = (holder: typeof own) => {
    const endpoint = runner.AWS_ENDPOINT_URL_DYNAMODB ?? '';
    const client = new DynamoDBClient({ region: REGION, endpoint, credentials: holder, maxAttempts: 1 });
    return { client, tables };
  };
  const [asAcme, byItself] = [dbWith(credentials), dbWith(own)];
  const denied = { name: 'AccessDeniedException' };

  expect(await getJob(asAcme, acmeId, 'payroll')).toMatchObject({ name: 'Payroll of acme' });
  await expect(getJob(asAcme, globexId, 'payroll')).rejects.toMatchObject(denied);
  await expect(listJobs(asAcme, globexId)).rejects.toMatchObject(denied);
  await expect(listTenants(asAcme)).rejects.toMatchObject(denied);
  await expect(getJob(byItself, acmeId, 'payroll')).rejects.toMatchObject(denied);
  await expect(open(system.env('api-flows')[Env.tenantRoleArn])).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(open(runner[Env.tenantRoleArn], '.platform')).rejects.toMatchObject({ name: 'AccessDenied' });

  expect(refusals).toHaveLength(4);
  for (const client of [tokens, asAcme.client, byItself.client]) client.destroy();
});
