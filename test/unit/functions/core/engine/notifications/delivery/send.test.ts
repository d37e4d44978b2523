import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SecretDamagedError, SecretUnavailableError } from '../../../../../../../functions/core/domain/secret.ts';
import { send } from '../../../../../../../functions/core/engine/notifications/delivery/send.ts';
import type { SendOptions } from '../../../../../../../functions/core/engine/notifications/delivery/send-types.ts';
import { slackText } from '../../../../../../../functions/core/engine/notifications/delivery/slack.ts';
import { webhookBody } from '../../../../../../../functions/core/engine/notifications/delivery/webhook.ts';
import { createAddressRule } from '../../../../../../../functions/core/executors/http/public-address.ts';
import { aDelivery } from '../../../../../../helpers/builders/deliveries.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';
import { type FakeSlack, startSlack } from '../../../../../../helpers/fakes/slack.ts';
import { isSigned, startWebhookReceiver } from '../../../../../../helpers/fakes/webhook-receiver.ts';

const TOKEN = 'xoxb-hunter2';
const SECRETS = ['whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXc=', 'whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQ='];
const CONSOLE = 'https://jobs.test';

let slack: FakeSlack;
let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;
beforeAll(async () => {
  [slack, receiver] = await Promise.all([startSlack(TOKEN, ['#alerts']), startWebhookReceiver()]);
});
afterAll(() => Promise.all([slack?.close(), receiver?.close()]));

const options = (overrides: Partial<SendOptions> = {}): SendOptions => ({
  mayConnect: createAddressRule(['127.0.0.0/8']),
  signingSecrets: { valid: async () => SECRETS },
  secret: async () => TOKEN,
  slackApiUrl: slack.url,
  pagerDutyUrl: receiver.url,
  plainHttp: true,
  consoleUrl: CONSOLE,
  now: Date.now,
  ...overrides,
});

const NOT_REACHED = { noAnswer: 'not-reached' };

describe('webhook notification', () => {
  const delivery = () => aDelivery({ destination: `${receiver.url}/hook` });

  test('sends a Standard Webhooks body with type and timestamp, and no output of the run', async () => {
    expect(await send(delivery(), options())).toEqual({ kind: 'delivered' });

    const { method, path, headers, body } = receiver.received.at(-1) ?? expect.fail('nothing was received');
    expect({ method, path, type: headers['content-type'] }).toEqual({
      method: 'POST',
      path: '/hook',
      type: 'application/json',
    });
    expect(headers['webhook-id']).toBe(delivery().id);
    expect(JSON.parse(body)).toEqual({
      type: 'run.failed',
      timestamp: '2031-05-06T10:03:00.000Z',
      data: {
        job_id: 'sync-email',
        job_name: 'Sync Email',
        run_id: 'sync-email.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B2',
        number: 12,
        status: 'error',
        reason: 'exit code 3',
        trigger: 'schedule',
        scheduled_at: '2031-05-06T10:00:00.000Z',
        started_at: '2031-05-06T10:00:00.000Z',
        finished_at: '2031-05-06T10:03:00.000Z',
        duration_ms: 180_000,
        attempt: 1,
        runs: 1,
        since: '2031-05-06T10:03:00.000Z',
        url: `${CONSOLE}/console/jobs/sync-email/runs/sync-email.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B2`,
      },
    });
  });

  test('signs the request with every valid secret and no other', async () => {
    await send(delivery(), options());

    const { headers, body } = receiver.received.at(-1) ?? expect.fail('nothing was received');
    expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
    expect(SECRETS.map((secret) => isSigned(secret, headers, body))).toEqual([true, true]);
    expect(isSigned('whsec_b3RoZXI=', headers, body)).toBe(false);
    expect(isSigned(SECRETS[0] ?? '', headers, `${body} `)).toBe(false);
  });

  test.each([
    [200, { kind: 'delivered' }],
    [302, { kind: 'failed', error: 'HTTP 302: redirects are not followed' }],
    [404, { kind: 'failed', error: 'HTTP 404' }],
    [410, { kind: 'refused', error: 'HTTP 410: the receiver accepts no more notifications' }],
    [500, { kind: 'failed', error: 'HTTP 500' }],
  ])('converts status %i to %j', async (status, verdict) => {
    receiver.next(status);
    expect(await send(delivery(), options())).toMatchObject(verdict);
  });

  test('keeps the query of the destination URL', async () => {
    await send(aDelivery({ destination: `${receiver.url}/hook?a=b%20c,d~e&f=+g&%7E&empty=&` }), options());

    expect(receiver.received.at(-1)?.path).toBe('/hook?a=b%20c,d~e&f=+g&%7E&empty=&');
  });

  test('counts a success whatever the encoding of the response body', async () => {
    await using odd = await server((response) => response.writeHead(200, { 'content-encoding': 'x-odd' }).end('?'));

    expect(await send(aDelivery({ destination: odd.url }), options())).toEqual({ kind: 'delivered' });
  });

  test("delays the retry by the receiver's Retry-After", async () => {
    await using busy = await server((response) => response.writeHead(503, { 'retry-after': '120' }).end());
    const verdict = await send(aDelivery({ destination: busy.url }), options());
    expect(verdict).toEqual({ kind: 'failed', error: 'HTTP 503', retryAfterSeconds: 120 });
  });

  test('connects to public addresses only, unless the deployment allows others', async () => {
    const before = receiver.received.length;

    const verdict = await send(delivery(), options({ mayConnect: createAddressRule([]) }));

    expect(verdict).toMatchObject({
      kind: 'refused',
      error: expect.stringContaining('public addresses only') as string,
    });
    expect(receiver.received).toHaveLength(before);
  });

  test('reports an unreachable receiver without the query of its URL', async () => {
    const closedReceiver = await startWebhookReceiver();
    await closedReceiver.close();

    const verdict = await send(aDelivery({ destination: `${closedReceiver.url}/a?token=hunter2` }), options());

    expect(verdict).toMatchObject({ kind: 'failed', error: expect.stringContaining('ECONNREFUSED') as string });
    expect(JSON.stringify(verdict)).not.toContain('hunter2');
  });

  test('refuses a malformed destination', async () => {
    const verdict = await send(aDelivery({ destination: 'ops' }), options());
    expect(verdict).toMatchObject({
      kind: 'refused',
      error: "'ops' is not a destination: must be a Slack channel, pagerduty, teams, e-mail or a URL",
    });
  });
});

test('reports a late run without an end', () => {
  const late = aDelivery({ kind: 'late_start', run: { ...aDelivery().run, status: 'late' } });

  expect(webhookBody(late, '')).toMatchObject({
    type: 'run.late_start',
    timestamp: late.run.finishedAt,
    data: { status: 'late', finished_at: null },
  });
});

describe('Slack notification', () => {
  const url = `${CONSOLE}/console/jobs/sync-email/runs/sync-email.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B2`;

  test("sends the tenant's token, the outcome and the link of the run to the channel", async () => {
    expect(await send(aDelivery(), options())).toEqual({ kind: 'delivered' });

    expect(slack.posted.at(-1)).toEqual({
      channel: '#alerts',
      token: TOKEN,
      text: `:red_circle: *Sync Email* failed (<${url}|run 12>): exit code 3`,
    });
  });

  const { run } = aDelivery();
  test.each([
    [{ run: { ...run, attempt: 3 } }, ':red_circle: *Sync Email* failed (run 12, attempt 3): exit code 3'],
    [{ run: { ...run, status: 'timeout' } }, ':red_circle: *Sync Email* timed out (run 12): exit code 3'],
    [
      { kind: 'success', run: { ...run, status: 'ok', reason: null, durationMs: 3_210 } },
      ':large_green_circle: *Sync Email* completed in 3.2 s (run 12)',
    ],
    [
      { folded: true, runs: 12 },
      ':red_circle: 12 more runs of *Sync Email* failed since 10:03 UTC. The last: run 12: exit code 3',
    ],
    [{ folded: true }, ':red_circle: 1 more run of *Sync Email* failed since 10:03 UTC. The last: run 12: exit code 3'],
    [
      { kind: 'late_start', run: { ...run, status: 'late', reason: 'it did not start in time', startedAt: null } },
      ':large_yellow_circle: *Sync Email* late to start (run 12)',
    ],
    [
      { kind: 'late_finish', runs: 2, run: { ...run, status: 'late', reason: 'it did not end in time' } },
      ':large_yellow_circle: 2 runs of *Sync Email* late to end since 10:03 UTC. The last: run 12',
    ],
    [{ runs: 3 }, ':red_circle: 3 runs of *Sync Email* failed since 10:03 UTC. The last: run 12: exit code 3'],
    [
      { jobName: '<!channel> & co', run: { ...run, reason: '<https://evil.test|click>' } },
      ':red_circle: *&lt;!channel&gt; &amp; co* failed (run 12): &lt;https://evil.test|click&gt;',
    ],
    [{ jobName: '\u202etxet', run: { ...run, reason: 'a\u2067b' } }, ':red_circle: *txet* failed (run 12): ab'],
  ] as const)('formats %j as %s', (overrides, text) => {
    expect(slackText(aDelivery(overrides), '')).toBe(text);
  });

  test.each([
    [{ body: { ok: false, error: 'not_in_channel' } }, { kind: 'refused', error: 'Slack: not_in_channel' }],
    [{ body: { ok: false, error: 'ratelimited' } }, { kind: 'failed', error: 'Slack: ratelimited' }],
    [{ body: { ok: false, error: 'internal_error' } }, { kind: 'failed', error: 'Slack: internal_error' }],
    [{ body: {} }, { kind: 'failed', error: 'Slack: unexpected response' }],
    [
      { status: 500, body: {} },
      { kind: 'failed', error: 'Slack: HTTP 500' },
    ],
    [
      { status: 429, headers: { 'retry-after': '30' }, body: { ok: false, error: 'ratelimited' } },
      { kind: 'failed', error: 'Slack: HTTP 429', retryAfterSeconds: 30 },
    ],
  ] as const)('converts the response %j to %j', async (answer, verdict) => {
    slack.next(answer);
    expect(await send(aDelivery(), options())).toMatchObject(verdict);
  });

  test.each([
    [gzipSync('{"ok":true}'), { kind: 'delivered' }],
    [gzipSync('{"ok":false,"error":"not_in_channel"}'), { kind: 'refused', error: 'Slack: not_in_channel' }],
    [Buffer.from('{"ok":true}'), { kind: 'failed', error: 'Slack: unexpected response' }],
  ])('reads a compressed response: %#', async (body, verdict) => {
    await using fake = await server((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body));

    expect(await send(aDelivery(), options({ slackApiUrl: fake.url }))).toMatchObject(verdict);
  });

  test.each([
    [undefined, "secret 'slack.token' does not exist; PUT /v1/secrets/slack.token sets it", NOT_REACHED],
    ['two\nlines', "secret 'slack.token' must be one line of printable characters", NOT_REACHED],
    ['xoxb-other', 'Slack: invalid_auth', {}],
  ])('refuses the token %j', async (token, error, noAnswer) => {
    const verdict = await send(aDelivery(), options({ secret: async () => token }));
    expect(verdict).toEqual({ kind: 'refused', error, ...noAnswer });
  });
});

async function server(respond: (response: import('node:http').ServerResponse) => void) {
  const started = await startHttpServer((_, response) => respond(response));
  return { url: started.url, [Symbol.asyncDispose]: () => started.close() };
}

describe('secrets of notifications', () => {
  const failing = (error: Error) => async () => {
    throw error;
  };
  const slackDelivery = () => aDelivery({ destination: 'slack:#alerts' });
  const webhookDelivery = () => aDelivery({ destination: `${receiver.url}/hook` });

  test('retries if a secret cannot be read now', async () => {
    const error = failing(new SecretUnavailableError("secret 'slack.token'", new Error('ThrottlingException')));
    const unavailable = "secret 'slack.token' is not available now; try again later";
    const failed = { kind: 'failed', error: unavailable, noAnswer: 'not-reached' };

    expect(await send(slackDelivery(), options({ secret: error }))).toEqual(failed);
    expect(await send(webhookDelivery(), options({ signingSecrets: { valid: error } }))).toEqual(failed);
  });

  test('fails with the remedy if a secret cannot be decrypted', async () => {
    const error = failing(new SecretDamagedError("secret 'slack.token'", 'PUT /v1/secrets/slack.token sets it again'));

    expect(await send(slackDelivery(), options({ secret: error }))).toEqual({
      kind: 'refused',
      error: "secret 'slack.token' cannot be decrypted; PUT /v1/secrets/slack.token sets it again",
      noAnswer: 'not-reached',
    });
  });
});
