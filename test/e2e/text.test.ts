import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FlowClient, flowsClient } from '../helpers/clients/flows.ts';
import { waitForDeliveries } from '../helpers/clients/notifications.ts';
import { runnerClient } from '../helpers/clients/runner.ts';
import { startHttpServer } from '../helpers/fakes/http-server.ts';
import { startWebhookReceiver } from '../helpers/fakes/webhook-receiver.ts';
import { shareTestSystem } from '../helpers/system/shared-system.ts';
import { sourceQueue } from '../helpers/system/source-queue.ts';
import { tenantFiles } from '../helpers/system/tenant-files.ts';
import { freshTenant, type TestSystem, tenantId } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** Text with lone surrogates, or truncated within a character, through the whole system. */

vi.setConfig({ testTimeout: 120_000 });

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(async () => {
  await system?.stop();
});

const clientsOf = async (tenant = freshTenant()) => {
  const api = await system.as(tenant, ['OWNER'], 'ana@acme.test');
  return { tenant: tenantId(tenant), api, runner: runnerClient(api), flows: flowsClient(api) };
};

async function ranOnce(flows: FlowClient, id: string, flow: Readonly<Record<string, unknown>>) {
  await flows.define(id, flow);
  return flows.waitForEnd(await flows.start(id));
}

describe('a length limit within a character of a failure reason', () => {
  it('truncates a notification before the character without a delay for other tenants', async () => {
    const [receiver, one, other] = [await startWebhookReceiver(), await clientsOf(), await clientsOf()];
    await one.runner.define({
      id: 'cut',
      script: 'sleep',
      args: ['x'.repeat(245) + '😀'.repeat(40)],
      on_failure: receiver.url,
    });
    await other.runner.define({ id: 'plain', script: 'fail', args: ['3'], on_failure: receiver.url });

    await one.runner.trigger('cut');
    await other.runner.trigger('plain');
    await waitForDeliveries(one.api, 1);
    await waitForDeliveries(other.api, 1);

    const bodies = receiver.received.map(
      ({ body }) => JSON.parse(body) as { data: { job_id: string; reason: string } },
    );
    await receiver.close();
    expect(bodies.map(({ data }) => data.job_id).toSorted()).toEqual(['cut', 'plain']);
    const reason = bodies.find(({ data }) => data.job_id === 'cut')?.data.reason ?? '';
    expect([reason.isWellFormed(), reason.endsWith('…'), reason.length]).toEqual([true, true, 299]);
  });

  it('fails the run at once with the start of the reason', async () => {
    const { runner } = await clientsOf();
    await runner.define({ id: 'long', script: 'sleep', args: [`${'x'.repeat(946)}😀`] });

    const { status, reason } = await runner.trigger('long');

    expect(status).toBe('error');
    expect(reason?.isWellFormed()).toBe(true);
    expect(reason).toMatch(/x{900}$/);
  });
});

describe('a lone surrogate in the error message of a record', () => {
  it('counts one error for a record of a file and sends the valid records once', async () => {
    const { tenant, flows } = await clientsOf();
    const erp = await startHttpServer((_, response) => response.writeHead(204).end());
    const files = tenantFiles(system, tenant);
    await files.put('in.ndjson', '{"n":1}\n😀\n{"n":2}\n');
    files.close();

    const job = await ranOnce(flows, 'lines', {
      sources: [{ type: 's3', prefix: 'in', format: 'ndjson' }],
      sinks: [{ type: 'http', url: erp.url }],
    });

    await erp.close();
    expect(job).toMatchObject({ status: 'completed', numSuccess: 2, numError: 1 });
    expect(erp.received.map(({ body }) => body)).toEqual(['[{"n":1},{"n":2}]']);
  });

  it('counts one error for a record that a transform rejects, and one for a record whose key a sink rejects', async () => {
    const { flows } = await clientsOf();

    const refused = await ranOnce(flows, 'refused', {
      sources: [{ type: 'inline', records: [{ n: 1 }, { n: 2 }] }],
      transforms: [{ type: 'map', to: `n = 1 ? $error("${'x'.repeat(499)}😀") : $` }],
      sinks: [{ type: 'preview' }],
    });
    const keyless = await ranOnce(flows, 'keyless', {
      sources: [{ type: 'inline', records: [{ key: [`${'y'.repeat(97)}😀`] }, { key: 'good' }] }],
      sinks: [{ type: 'dynamodb', collection: 'things', key: 'key' }],
    });

    expect(refused).toMatchObject({ status: 'completed', numSuccess: 1, numError: 1 });
    expect(keyless).toMatchObject({ status: 'completed', numSuccess: 1, numError: 1 });
  });

  it('counts one error for each record or key that a DynamoDB sink cannot store', async () => {
    const { flows } = await clientsOf();
    const sources = [{ type: 'inline', records: [{ name: '😀 Bo' }, { name: 'Al' }, { name: 'Cy' }] }];

    const record = await ranOnce(flows, 'record', {
      sources,
      transforms: [{ type: 'map', to: '{ "initial": $match(name, /./)[0].match }' }],
      sinks: [{ type: 'dynamodb', collection: 'records', key: null }],
    });
    const key = await ranOnce(flows, 'key', {
      sources,
      sinks: [{ type: 'dynamodb', collection: 'keys', key: '$split(name, "")[0]' }],
    });

    expect(record).toMatchObject({ status: 'completed', numSuccess: 2, numError: 1 });
    expect(key).toMatchObject({ status: 'completed', numSuccess: 2, numError: 1 });
  });

  it('counts one error for a queue message and deletes the message', async () => {
    const { tenant, flows } = await clientsOf();
    const queue = sourceQueue(system, tenant, 'orders');
    await flows.define('queued', {
      sources: [{ type: 'sqs', queue: 'orders' }],
      transforms: [{ type: 'map', to: 'a = "good" ? $ : $error(a)' }],
      sinks: [{ type: 'preview' }],
    });
    await queue.send([{ a: '\ud83d' }, { a: 'good' }]);

    const id = await flows.start('queued');

    await waitForAssertion(async () => {
      expect(await flows.job(id)).toMatchObject({ status: 'running', numSuccess: 1, numError: 1 });
    });
    await waitForAssertion(async () => expect(await queue.depth()).toEqual({ visible: 0, inFlight: 0 }));
    queue.close();
    await flows.api.put(`/v1/jobs/${id}/cancel`);
  });
});
