import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView } from '../../../functions/api/pipelines/job-view.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { type FlowClient, flowsClient } from '../../helpers/clients/flows.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

/** Transforms that do more than evaluate one expression, in a whole run. */

let system: TestSystem;
let api: ApiClient;
let flows: FlowClient;

beforeAll(async () => {
  system = await shareTestSystem();
  api = await system.as(freshTenant(), ['OWNER']);
  flows = flowsClient(api);
});
afterAll(() => system?.stop());

test('a route sends each record to the sinks of its branch, and each sink counts its own records', async () => {
  await flows.define('routed', {
    sources: [{ type: 'generate', count: 100, shape: { n: '{{index}}' } }],
    transforms: [
      {
        type: 'route',
        mode: 'all',
        routes: [
          { when: 'n < 30', to: ['small'] },
          { when: 'n % 2 = 0', to: ['even', 'small'] },
        ],
        otherwise: ['rest'],
      },
    ],
    sinks: ['small', 'even', 'rest'].map((id) => ({ id, type: 'preview' })),
  });

  const id = await flows.start('routed');
  const job = await flows.waitForEnd(id);

  const { steps } = await flows.tree(id);
  const imported = (sink: string) => steps.get(sink)?.numSuccess;
  expect(job).toMatchObject({ status: 'completed', numExport: 100, numSuccess: 100, numError: 0, numIgnore: 0 });
  // 0–29 and the even numbers from 30 to 98; 0–98 even; the odd numbers from 31 to 99.
  expect(['small', 'even', 'rest'].map(imported)).toEqual([65, 50, 35]);
  const { metrics } = (await api.get<JobView>(`/api/v1/jobs/${id}`)).body;
  expect(metrics).toMatchObject({ records_in: 100, records_out: 150 });
});
