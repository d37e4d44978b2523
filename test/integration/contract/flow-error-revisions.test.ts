import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FlowErrorView } from '../../../functions/api/flows/flow-errors.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { flowsClient } from '../../helpers/clients/flows.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

/** Edits of errors by several people. */

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system?.stop());

/** A flow whose only record fails, and the path of its error. */
async function given(): Promise<{ readonly client: ApiClient; readonly path: string }> {
  const client = await system.as(freshTenant(), ['ADMIN']);
  const flows = flowsClient(client);
  await flows.define('orders', {
    sources: [{ type: 'inline', records: [{ total: 'many' }] }],
    transforms: [{ type: 'map', to: '$number(total)' }],
    sinks: [{ type: 'preview' }],
  });
  await flows.waitForEnd(await flows.start('orders'));
  const [error] = (await client.get<readonly FlowErrorView[]>('/v1/flows/orders/errors')).body;
  return { client, path: `/v1/flows/orders/errors/${error?._id}` };
}

const edit = ({ client, path }: Awaited<ReturnType<typeof given>>, body: object, ifMatch?: string) =>
  client.request<FlowErrorView>('PUT', path, body, ifMatch === undefined ? {} : { 'if-match': ifMatch });

it('rejects an edit of an older revision, and keeps the newer one', async () => {
  const error = await given();

  const first = await edit(error, { record: { total: 1 } }, '"0"');
  const second = await edit(error, { record: { total: 2 } }, '"0"');
  const third = await edit(error, { note: 'asked the shop' }, '"1"');

  expect(first).toMatchObject({ status: 200, body: { revision: 1, record: { total: 1 } } });
  expect(first.headers.get('etag')).toBe('"1"');
  expect(second).toMatchObject({
    status: 412,
    body: { errors: [{ message: 'if-match: must name the current revision, "1", got "0"' }] },
  });
  expect(third).toMatchObject({ status: 200, body: { revision: 2, record: { total: 1 }, note: 'asked the shop' } });
});

it('applies edits of different fields that are made at the same time', async () => {
  const error = await given();

  const answers = await Promise.all([edit(error, { note: 'asked the shop' }), edit(error, { assignedTo: 'bob' })]);

  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(await edit(error, { record: { total: 3 } })).toMatchObject({
    body: { revision: 3, note: 'asked the shop', assignedTo: 'bob', record: { total: 3 } },
  });
});

it('rejects a malformed If-Match', async () => {
  const error = await given();

  expect(await edit(error, { note: 'x' }, 'zero')).toMatchObject({ status: 400 });
});
