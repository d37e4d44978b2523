import { pacedFlow, pipelinesClient } from '../../../helpers/clients/pipelines.ts';
import { runnerClient } from '../../../helpers/clients/runner.ts';
import { freshTenant, type TestSystem } from '../../../helpers/system/test-system.ts';

/** A tenant with jobs, runs, an API key and a secret, so that every page of the console has content. */
export interface ExampleTenant {
  readonly tenant: string;
  /** Ids of the runs whose pages are shown. */
  readonly runs: Readonly<Record<'failed' | 'slow' | 'flow' | 'stream' | 'halted', string>>;
}

let shared: Promise<ExampleTenant> | undefined;

/** Returns the example tenant that the test files of one worker process share, and creates it for the first of them. */
export function shareExampleTenant(system: TestSystem): Promise<ExampleTenant> {
  shared ??= createExampleTenant(system);
  return shared;
}

async function createExampleTenant(system: TestSystem): Promise<ExampleTenant> {
  const tenant = freshTenant();
  const runner = runnerClient(await system.as(tenant));
  await runner.define({
    id: 'export',
    name: 'Orders export',
    script: 'echo',
    args: ['one\ntwo'],
    integration_id: 'shop',
  });
  await runner.define({
    id: 'sync',
    name: 'Nightly sync of everything there is',
    description: 'Brings the customers of all shops into the ledger.',
    schedule: '30 2 * * *',
    timezone: 'America/New_York',
    script: 'fail',
    args: ['3'],
    tags: ['finance', 'nightly'],
    retry: { attempts: 1 },
  });
  // Outlasts the tests.
  await runner.define({ id: 'slow', name: 'Slow report', script: 'sleep', args: ['840'], timeout_ms: 840_000 });
  await runner.define({ id: 'off', name: 'Old import', script: 'echo', schedule: '@daily', enabled: false });
  for (let i = 0; i < 4; i++) await runner.trigger('export');
  await runner.define({ id: 'repair', script: 'echo', after: { jobs: [{ job: 'sync', on: 'failure' }] } });
  const failed = await runner.start('sync');
  await runner.waitForEnd('sync', failed.run_id);
  const slow = await runner.start('slow');
  await runner.define({
    id: 'flow',
    name: 'Orders to the ledger',
    type: 'flow',
    flow: {
      sources: [
        { id: 'orders', name: 'Orders of the shops', type: 'generate', count: 120 },
        { id: 'returns', type: 'inline', records: [{ id: 'seven' }, { id: 8, message: 'a '.repeat(80) }] },
      ],
      transforms: [{ id: 'even', type: 'filter', where: 'id % 2 = 0' }],
      sinks: [
        { id: 'ledger', type: 'preview' },
        { id: 'archive', type: 's3', key: 'archive/{page}.ndjson' },
      ],
    },
  });
  const flowRun = await runner.start('flow');
  await runner.waitForEnd('flow', flowRun.run_id);
  const pipelines = pipelinesClient(runner.api);
  await pipelines.define('stream', pacedFlow(30));
  const stream = await pipelines.start('stream');
  await pipelines.reaches(stream, 'Running', ({ metrics }) => metrics.records_out > 0);
  await runner.api.post(`/api/v1/jobs/${stream}/checkpoints`);
  await pipelines.define('halted', pacedFlow(30));
  const halted = await pipelines.start('halted');
  await pipelines.reaches(halted, 'Running', ({ metrics }) => metrics.records_out > 0);
  await runner.api.post(`/api/v1/jobs/${halted}/stop`, {});
  await pipelines.reaches(halted, 'Stopped');
  await runner.api.post('/v1/api-keys', { name: 'nightly sync', roles: ['OPERATOR'] });
  await runner.api.put('/v1/secrets/erp.token', { value: 'hunter2' });
  await runner.api.patch('/jobs/off', { enabled: true });
  await runner.api.post('/jobs/off/backfills', { from: '2026-03-01T00:00:00Z', to: '2026-03-31T00:00:00Z' });
  await runner.api.patch('/jobs/off', { enabled: false });
  await runner.api.put('/calendars/past', { dates: ['2020-12-25'] });
  await runner.api.put('/calendars/de-by', { dates: ['2026-01-01', '2026-12-25', '2026-12-26', '2199-12-31'] });
  await runner.define({
    id: 'several',
    name: 'Prices',
    script: 'echo',
    exclude_calendars: ['de-by'],
    schedules: [
      { schedule: '0 3 1 1 *', timezone: 'Europe/Berlin', payload: { full: true } },
      { schedule: '0 12 1 1 *', timezone: 'UTC' },
    ],
  });
  const hook = { job: 'flow', scheme: 'github', secret: 'hunter2', description: 'pushes to main' };
  await runner.api.post('/hooks', hook);
  return { tenant, runs: { failed: failed.run_id, slow: slow.run_id, flow: flowRun.run_id, stream, halted } };
}
