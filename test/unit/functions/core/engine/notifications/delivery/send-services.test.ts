import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../../../../../functions/core/domain/notification/delivery.ts';
import { send } from '../../../../../../../functions/core/engine/notifications/delivery/send.ts';
import type { SendOptions } from '../../../../../../../functions/core/engine/notifications/delivery/send-types.ts';
import { createAddressRule } from '../../../../../../../functions/core/executors/http/public-address.ts';
import { aDelivery } from '../../../../../../helpers/builders/deliveries.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';

/** The requests to PagerDuty and Microsoft Teams, received by a server of this machine. */

const KEY = '0123456789abcdef0123456789abcdef';
const CONSOLE = 'https://jobs.test';
const LINK = `${CONSOLE}/console/jobs/sync-email/runs/sync-email.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B2`;

let server: Awaited<ReturnType<typeof startHttpServer>>;
let answer: { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };
beforeAll(async () => {
  server = await startHttpServer((_, response) => {
    response.writeHead(answer.status, answer.headers ?? {});
    response.end(answer.body);
  });
});
beforeEach(() => {
  answer = { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"x"}' };
});
afterAll(() => server?.close());

const options = (secrets: Readonly<Record<string, string>>, overrides: Partial<SendOptions> = {}): SendOptions => ({
  mayConnect: createAddressRule(['127.0.0.0/8']),
  signingSecrets: { valid: async () => [] },
  secret: async (_, name) => secrets[name],
  slackApiUrl: 'https://slack.test',
  pagerDutyUrl: server.url,
  plainHttp: true,
  consoleUrl: CONSOLE,
  now: Date.now,
  ...overrides,
});

const lastRequest = () => {
  const { method, path, headers, body } = server.received.at(-1) ?? expect.fail('nothing was received');
  return { method, path, type: headers['content-type'], body: JSON.parse(body) };
};

describe('a notification to PagerDuty', () => {
  const secrets = { 'pagerduty.routing_key': KEY, 'pagerduty.payments': `${KEY}\n` };
  const notify = (overrides: Partial<Delivery> = {}) =>
    send(aDelivery({ destination: 'pagerduty', ...overrides }), options(secrets));

  it('triggers an alert of the job', async () => {
    expect(await notify()).toEqual({ kind: 'delivered' });

    expect(lastRequest()).toEqual({
      method: 'POST',
      path: '/v2/enqueue',
      type: 'application/json',
      body: {
        routing_key: KEY,
        event_action: 'trigger',
        dedup_key: 'jobdeck/acme/sync-email/abc12345',
        client: 'Jobdeck',
        client_url: LINK,
        payload: {
          summary: 'Sync Email failed: exit code 3',
          source: 'jobdeck/acme',
          severity: 'error',
          timestamp: '2031-05-06T10:03:00.000Z',
          component: 'sync-email',
          class: 'failure',
          custom_details: expect.objectContaining({ job_id: 'sync-email', number: 12, reason: 'exit code 3' }),
        },
      },
    });
  });

  it.each(['success', 'recovered'] as const)('resolves the alert of the job with a %s', async (kind) => {
    await notify({ kind });

    expect(lastRequest().body).toEqual({
      routing_key: KEY,
      event_action: 'resolve',
      dedup_key: 'jobdeck/acme/sync-email/abc12345',
    });
  });

  it('warns of a late run, and uses the key of the named secret', async () => {
    await notify({ kind: 'late_start', destination: 'pagerduty:payments' });

    expect(lastRequest().body).toMatchObject({
      routing_key: KEY,
      event_action: 'trigger',
      payload: { severity: 'warning', summary: 'Sync Email is late to start' },
    });
  });

  it('limits the summary to 1,024 characters', async () => {
    await notify({ jobName: 'x'.repeat(2_000) });

    expect(lastRequest().body.payload.summary).toHaveLength(1_024);
  });

  it('ends without a retry if PagerDuty rejects the event, with its reason', async () => {
    answer = {
      status: 400,
      body: JSON.stringify({
        status: 'invalid event',
        message: 'Event object is invalid',
        errors: ["Length of 'routing_key' is incorrect (should be 32 characters)"],
      }),
    };

    expect(await notify()).toEqual({
      kind: 'refused',
      error:
        "PagerDuty: HTTP 400: Event object is invalid: Length of 'routing_key' is incorrect (should be 32 characters)",
    });
  });

  it.each([429, 500, 503])('is retried after status %i', async (status) => {
    answer = { status, body: '', headers: { 'retry-after': '7' } };

    expect(await notify()).toEqual({ kind: 'failed', error: `PagerDuty: HTTP ${status}`, retryAfterSeconds: 7 });
  });

  it('ends without a retry without the secret', async () => {
    expect(await notify({ destination: 'pagerduty:missing' })).toEqual({
      kind: 'refused',
      error: "secret 'pagerduty.missing' does not exist; PUT /v1/secrets/pagerduty.missing sets it",
      noAnswer: 'not-reached',
    });
  });
});

describe('a notification to Microsoft Teams', () => {
  const notify = (overrides: Partial<Delivery> = {}, others: Partial<SendOptions> = {}) =>
    send(
      aDelivery({ destination: 'teams:ops', ...overrides }),
      options({ 'teams.ops': `${server.url}/workflows/1?sig=hunter2` }, others),
    );

  it('posts a message with an Adaptive Card to the workflow', async () => {
    expect(await notify()).toEqual({ kind: 'delivered' });

    const line = (text: string, style: object = {}) => ({
      type: 'RichTextBlock',
      inlines: [{ type: 'TextRun', text, ...style }],
    });
    expect(lastRequest()).toEqual({
      method: 'POST',
      path: '/workflows/1?sig=hunter2',
      type: 'application/json',
      body: {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: {
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              type: 'AdaptiveCard',
              version: '1.4',
              body: [
                line('Sync Email failed', { weight: 'Bolder', color: 'Attention' }),
                line('Run 12', { isSubtle: true }),
                line('exit code 3'),
              ],
              actions: [{ type: 'Action.OpenUrl', title: 'Show the run', url: LINK }],
            },
          },
        ],
      },
    });
  });

  it('describes several runs, and has no action without the URL of the console', async () => {
    await notify(
      { kind: 'recovered', runs: 3, run: { ...aDelivery().run, attempt: 2, reason: null } },
      { consoleUrl: '' },
    );

    const { content } = lastRequest().body.attachments[0];
    expect(content.actions).toBeUndefined();
    expect(JSON.stringify(content.body)).toContain('Sync Email recovered (3 since 10:03 UTC)');
    expect(JSON.stringify(content.body)).toContain('Run 12, attempt 2');
  });

  it('gets retries while the workflow does not accept it, and the error does not name the URL', async () => {
    answer = { status: 404, body: '' };

    expect(await notify()).toEqual({ kind: 'failed', error: 'HTTP 404', retryAfterSeconds: undefined });
  });

  it('ends without a retry if the secret is no https URL', async () => {
    expect(await notify({}, { plainHttp: false })).toEqual({
      kind: 'refused',
      error: "secret 'teams.ops' must be an https URL",
      noAnswer: 'not-reached',
    });
  });
});
