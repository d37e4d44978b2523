import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView } from '../../../functions/api/pipelines/job-view.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { type FlowClient, flowsClient } from '../../helpers/clients/flows.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

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

test('sends each record of a routed flow to the sinks of its branch, and counts it there', async () => {
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

test('joins records with items that another flow of the same tenant wrote', async () => {
  const skus = [
    { sku: 'a', name: 'Apple' },
    { sku: 'b', name: 'Pear' },
  ];
  await flows.define('skus', {
    sources: [{ type: 'inline', records: skus }],
    sinks: [{ type: 'dynamodb', collection: 'skus', key: 'sku' }],
  });
  const orders = {
    sources: [{ type: 'inline', records: [{ sku: 'a' }, { sku: 'c' }, { sku: 'b' }] }],
    transforms: [{ type: 'lookup', from: { collection: 'skus' }, key: 'sku', as: 'article', onMiss: 'error' }],
    sinks: [{ type: 'preview' }],
  };
  await flows.define('orders', orders);
  const otherTenant = flowsClient(await system.as(freshTenant(), ['OWNER']));
  await otherTenant.define('orders', orders);
  await flows.waitForEnd(await flows.start('skus'));

  const id = await flows.start('orders');
  const [job, theirs] = [await flows.waitForEnd(id), await otherTenant.waitForEnd(await otherTenant.start('orders'))];

  expect(job).toMatchObject({ status: 'completed', numExport: 3, numSuccess: 2, numError: 1 });
  const errors = (await api.get<readonly { operatorId: string; message: string }[]>(`/v1/jobs/${id}/joberrors`)).body;
  expect(errors).toMatchObject([{ operatorId: 'lookup_1', message: 'the key has no match' }]);
  expect(theirs).toMatchObject({ numSuccess: 0, numError: 3 });
});

test('sends what a sink makes of its responses to the sinks after it, also when a failed record is retried', async () => {
  let isRepaired = false;
  const erp = await startHttpServer((_, response) => {
    const { id } = JSON.parse(erp.received.at(-1)?.body ?? '{}') as { id: number };
    if (id === 2 && !isRepaired) response.writeHead(422).end('closed');
    else response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ number: `no-${id}` }));
  });
  const ledger = await startHttpServer((_, response) => response.writeHead(204).end());
  try {
    await flows.define('mapped', {
      sources: [{ type: 'inline', records: [{ id: 1 }, { id: 2 }, { id: 3 }] }],
      sinks: [
        { id: 'erp', type: 'http', url: erp.url, mode: 'single', responseMap: '$merge([record, response.body])' },
        { id: 'ledger', type: 'http', url: ledger.url, mode: 'single' },
      ],
    });

    const job = await flows.waitForEnd(await flows.start('mapped'));
    const before = ledger.received.map(({ body }) => JSON.parse(body) as unknown);
    isRepaired = true;
    expect(await api.post('/v1/flows/mapped/errors/retry', {})).toMatchObject({ status: 202, body: { matched: 1 } });

    const numbered = (id: number) => ({ id, number: `no-${id}` });
    expect(job).toMatchObject({ status: 'completed', numSuccess: 2, numError: 1 });
    expect(before).toEqual(expect.arrayContaining([numbered(1), numbered(3)]));
    await waitForAssertion(() => {
      expect(ledger.received).toHaveLength(3);
      expect(JSON.parse(ledger.received[2]?.body ?? '')).toEqual(numbered(2));
    });
  } finally {
    await Promise.all([erp.close(), ledger.close()]);
  }
});
