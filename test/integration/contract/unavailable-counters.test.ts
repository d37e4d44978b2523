import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { jobStatsPath, METRICS } from '../../helpers/clients/statistics.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, startTestSystem, type TestSystem } from '../../helpers/system/test-system.ts';

let system: TestSystem;
const tenant = freshTenant();

beforeAll(async () => {
  system = await startTestSystem();
  await runnerClient(await system.as(tenant)).define({ id: 'tokenExpiry', script: 'echo' });
  const { db, close } = systemDb(system);
  await db.client.send(new DeleteTableCommand({ TableName: db.tables.counters }));
  close();
});
afterAll(() => system?.stop());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('GET /api/v1/admin/jobs/{jobName}/stats', () => {
  test('returns 500 Server error with the request id only if the counters cannot be read', async () => {
    const api = await system.as(tenant, ['system_admin']);

    const { status, body, headers } = await api.get(jobStatsPath('tokenExpiry'), { 'x-tenantid': tenant });

    expect(status).toBe(500);
    expect(body).toEqual({
      success: false,
      message: `Internal error; it is logged as request ${headers.get('x-request-id')}`,
      error: 'Server error',
      timestamp: expect.stringMatching(TIME),
    });
  });
});

describe('GET /api/integrations/jobs/metrics', () => {
  test('returns 500 with the request id only if the counters cannot be read', async () => {
    const client = await system.as(tenant);

    const { status, body, headers } = await client.get(METRICS);

    expect(status).toBe(500);
    const message = `Internal error; it is logged as request ${headers.get('x-request-id')}`;
    expect(body).toEqual({ statusCode: 500, message, error: 'Internal Server Error' });
  });
});
