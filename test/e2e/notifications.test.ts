import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Env } from '../../functions/core/platform/env-names.ts';
import { DELIVERIES, listDeliveries, waitForDeliveries } from '../helpers/clients/notifications.ts';
import { runnerClient } from '../helpers/clients/runner.ts';
import type { Received } from '../helpers/fakes/http-server.ts';
import { type FakeSlack, startSlack } from '../helpers/fakes/slack.ts';
import { isSigned, startWebhookReceiver } from '../helpers/fakes/webhook-receiver.ts';
import { freshTenant, startTestSystem, type TestSystem } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** Notifications of runs, delivered to servers that behave like Slack and a webhook receiver. */

const TOKEN = 'xoxb-hunter2-hunter2';
const MINUTE = 60_000;

let system: TestSystem;
let slack: FakeSlack;
beforeAll(async () => {
  slack = await startSlack(TOKEN, ['#alerts']);
  system = await startTestSystem({ env: () => ({ [Env.slackApiUrl]: slack.url }) });
});
afterAll(async () => {
  await system?.stop();
  await slack?.close();
});

async function given() {
  const [receiver, runner] = [await startWebhookReceiver(), runnerClient(await system.as(freshTenant()))];
  return { ...runner, receiver, [Symbol.asyncDispose]: () => receiver.close() };
}

const byId = ({ headers }: Received) => headers['webhook-id'];
const byBody = ({ body }: Received) => body;

describe('a run that ends late', () => {
  it('notifies subscribers of late runs once', async () => {
    await using tenant = await given();
    const { api, receiver } = tenant;
    await tenant.define({ id: 'slow', script: 'sleep', args: ['1.5'], finish_grace_s: 1, on_late: receiver.url });

    expect(await tenant.trigger('slow')).toMatchObject({ status: 'ok' });
    await waitForDeliveries(api, 1);

    expect(await listDeliveries(api)).toMatchObject([{ kind: 'late_finish', state: 'delivered', job: 'slow' }]);
    expect(receiver.received.map(byBody).map((body) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'run.late_finish', data: { job_id: 'slow', status: 'late', reason: 'it did not end in time' } },
    ]);
  });
});

describe('webhooks', () => {
  it('have signatures of the old and the new secret that the receiver accepts', async () => {
    await using tenant = await given();
    const { api, receiver } = tenant;
    const { body: before } = await api.get<{ secret: string }>('/signing-secret');
    for (const id of ['first', 'second']) await tenant.define({ id, script: 'echo', on_success: receiver.url });
    const believed = (secret: string) => {
      const { headers, body } = receiver.received.at(-1) ?? expect.fail('nothing was received');
      return isSigned(secret, headers, body);
    };

    await tenant.trigger('first');
    await waitForDeliveries(api, 1);
    expect(believed(before.secret)).toBe(true);

    const { body: fresh } = await api.post<{ secret: string }>('/signing-secret/rotate');
    expect(believed(fresh.secret)).toBe(false);
    system.clock.advance(MINUTE);
    await tenant.trigger('second');
    await waitForDeliveries(api, 2);
    expect([believed(fresh.secret), believed(before.secret)]).toEqual([true, true]);
  });

  it('retry under the same id with a new signature', async () => {
    await using tenant = await given();
    const { api, receiver } = tenant;
    receiver.next(500, 503);
    await tenant.define({ id: 'job', script: 'fail', args: ['3'], on_failure: receiver.url });
    await tenant.trigger('job');

    const delivery = await waitForAssertion(async () => {
      const [one] = await listDeliveries(api);
      if (one?.attempts && one.state === 'pending') await api.post(`${DELIVERIES}/${one.id}/retry`);
      expect(one?.state).toBe('delivered');
      return one;
    });

    expect(delivery).toMatchObject({ attempts: 3, lastError: 'HTTP 503' });
    expect(receiver.received).toHaveLength(3);
    for (const keyOf of [byId, byBody]) expect(new Set(receiver.received.map(keyOf)).size).toBe(1);
    const { body } = await api.get<{ secret: string }>('/signing-secret');
    for (const one of receiver.received) expect(isSigned(body.secret, one.headers, one.body)).toBe(true);
  });

  it('leave a retry to the sweeper if it exceeds the delay of SQS', async () => {
    await using tenant = await given();
    const { api, receiver } = tenant;
    receiver.next(500);
    await tenant.define({ id: 'job', script: 'fail', on_failure: receiver.url });
    await tenant.trigger('job');
    await waitForAssertion(async () => {
      expect(await listDeliveries(api)).toMatchObject([{ state: 'pending', attempts: 1 }]);
    });

    system.clock.advance(3 * MINUTE);

    expect(await waitForDeliveries(api, 1)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  });
});

describe('a storm of failures', () => {
  it('notifies at once, and a minute later in one message for the rest', async () => {
    await using tenant = await given();
    const { api, receiver } = tenant;
    await tenant.define({ id: 'job', script: 'fail', overlap_policy: 'allow', on_failure: receiver.url });
    await tenant.start('job');
    await waitForDeliveries(api, 1);

    await Promise.all(Array.from({ length: 4 }, () => tenant.start('job')));
    await waitForAssertion(async () => {
      expect(await listDeliveries(api)).toMatchObject([{ state: 'pending', runs: 4, attempts: 0 }, { runs: 1 }]);
    });
    expect(receiver.received).toHaveLength(1);
    system.clock.advance(2 * MINUTE);

    await waitForDeliveries(api, 2);
    const runs = receiver.received.map(({ body }) => (JSON.parse(body) as { data: { runs: number } }).data.runs);
    expect(runs).toEqual([1, 4]);
  });
});

describe('a message to Slack', () => {
  it('reaches its channel with a link to the run, and waits as Slack requests', async () => {
    await using tenant = await given();
    const { api } = tenant;
    await api.put('/v1/secrets/slack.token', { value: TOKEN });
    await tenant.define({ id: 'job', script: 'fail', args: ['3'], on_failure: 'slack:#alerts' });
    slack.next({ status: 429, headers: { 'retry-after': '45' }, body: { ok: false, error: 'ratelimited' } });

    const { run_id: run } = await tenant.trigger('job');
    await waitForAssertion(async () => {
      const [delivery] = await listDeliveries(api);
      expect(delivery).toMatchObject({ state: 'pending', attempts: 1, lastError: 'Slack: HTTP 429' });
      expect(Date.parse(delivery?.nextAttemptAt ?? '') - system.clock.now()).toBeGreaterThan(30_000);
    });
    expect(slack.posted).toEqual([]);
    system.clock.advance(2 * MINUTE);

    expect(await waitForDeliveries(api, 1)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    const text = `:red_circle: *job* failed (<${system.url}/console/jobs/job/runs/${run}|run 1>): exit code 3`;
    expect(slack.posted).toEqual([{ channel: '#alerts', text, token: TOKEN }]);
  });

  it('ends at once with the reason if the channel does not exist', async () => {
    await using tenant = await given();
    const { api } = tenant;
    await api.put('/v1/secrets/slack.token', { value: TOKEN });
    await tenant.define({ id: 'job', script: 'fail', on_failure: '#nowhere' });

    await tenant.trigger('job');

    const deliveries = await waitForDeliveries(api, 1);
    expect(deliveries).toMatchObject([{ state: 'failed', attempts: 1, lastError: 'Slack: channel_not_found' }]);
  });
});

it('logs neither tokens nor output of runs', () => {
  expect(JSON.stringify(system.logs)).not.toMatch(/hunter2|whsec_|as asked/);
});
