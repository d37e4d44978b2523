import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Delivery } from '../../../../../../../functions/core/domain/notification/delivery.ts';
import { emailContent } from '../../../../../../../functions/core/engine/notifications/delivery/email.ts';
import { send } from '../../../../../../../functions/core/engine/notifications/delivery/send.ts';
import type {
  EmailSender,
  SendOptions,
} from '../../../../../../../functions/core/engine/notifications/delivery/send-types.ts';
import { createAddressRule } from '../../../../../../../functions/core/executors/http/public-address.ts';
import { aDelivery } from '../../../../../../helpers/builders/deliveries.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';

const CONSOLE = 'https://jobs.test';
const LINK = `${CONSOLE}/console/jobs/sync-email/runs/sync-email.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B2`;
const SENDER: EmailSender = { from: 'jobs@acme.test' };

const options = (email?: EmailSender): SendOptions => ({
  mayConnect: createAddressRule([]),
  signingSecrets: { valid: async () => [] },
  secret: async () => undefined,
  slackApiUrl: 'https://slack.test',
  pagerDutyUrl: 'https://pagerduty.test',
  plainHttp: false,
  consoleUrl: CONSOLE,
  email,
  now: Date.now,
});

let server: Awaited<ReturnType<typeof startHttpServer>>;
/** Without an answer the server keeps the connection open. */
let answer: { readonly status: number; readonly type?: string; readonly body: object } | undefined;

beforeAll(async () => {
  server = await startHttpServer((_, response) => {
    if (!answer) return;
    response.writeHead(answer.status, { 'content-type': 'application/json', 'x-amzn-errortype': answer.type ?? '' });
    response.end(JSON.stringify(answer.body));
  });
  // The client is created once, by the first e-mail.
  vi.stubEnv('AWS_ENDPOINT_URL_SESV2', server.url);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
});
beforeEach(() => {
  answer = { status: 200, body: { MessageId: 'm-1' } };
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.close();
});

const lastRequest = () => server.received.at(-1) ?? expect.fail('nothing was received');

const notify = (overrides: Partial<Delivery> = {}, sender: EmailSender | undefined = SENDER) =>
  send(aDelivery({ destination: 'email:ana@acme.test, ben@acme.test', ...overrides }), options(sender));

describe('a notification by e-mail', () => {
  it('names the run in plain text and in HTML', async () => {
    expect(await notify()).toEqual({ kind: 'delivered' });

    const { method, path, body } = lastRequest();
    expect([method, path]).toEqual(['POST', '/v2/email/outbound-emails']);
    expect(JSON.parse(body)).toEqual({
      FromEmailAddress: 'jobs@acme.test',
      Destination: { ToAddresses: ['ana@acme.test', 'ben@acme.test'] },
      Content: {
        Simple: {
          Subject: { Data: 'Sync Email failed', Charset: 'UTF-8' },
          Body: {
            Text: { Data: expect.stringContaining(`exit code 3\n\n${LINK}`), Charset: 'UTF-8' },
            Html: { Data: expect.stringContaining(`<a href="${LINK}">Show the run</a>`), Charset: 'UTF-8' },
          },
          Headers: [
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
            { Name: 'X-Jobdeck-Delivery', Value: aDelivery().id },
          ],
        },
      },
    });
  });

  it('refuses a recipient whose domain the team no longer admits', async () => {
    const requests = server.received.length;

    const result = await notify({}, { ...SENDER, domains: ['example.com'] });

    expect(result).toEqual({
      kind: 'refused',
      error: 'the stage sends no e-mail to the domain of ana@acme.test',
      noAnswer: 'not-reached',
    });
    expect(server.received).toHaveLength(requests);
    expect(await notify({}, { ...SENDER, domains: ['acme.test'] })).toEqual({ kind: 'delivered' });
  });

  it('is sent with the identity of the stage', async () => {
    const identityArn = 'arn:aws:ses:eu-west-1:123456789012:identity/acme.test';

    await notify({}, { from: 'jobdeck@acme.test', identityArn });

    expect(JSON.parse(lastRequest().body)).toMatchObject({ FromEmailAddressIdentityArn: identityArn });
    expect(lastRequest().headers.authorization).toContain('/eu-west-1/ses/');
  });

  it.each([
    ['TooManyRequestsException', 429, 'failed'],
    ['LimitExceededException', 400, 'failed'],
    ['SendingPausedException', 400, 'failed'],
    ['InternalServiceErrorException', 500, 'failed'],
    ['MessageRejected', 400, 'refused'],
    ['MailFromDomainNotVerifiedException', 400, 'refused'],
    ['AccessDeniedException', 403, 'refused'],
  ])('after %s (%i) is %s', async (type, status, kind) => {
    answer = { status, type, body: { message: 'no' } };

    expect(await notify()).toMatchObject({ kind, error: expect.stringContaining(`SES: ${type}`) });
  });

  it('gets a retry if SES does not answer in time', async () => {
    answer = undefined;

    const result = await send(aDelivery({ destination: 'email:ana@acme.test' }), options(SENDER), 20);

    expect(result).toEqual({ kind: 'failed', error: 'SES: no answer within 0.02 s', noAnswer: 'timeout' });
  });

  it('ends without a retry if the stage has no sender any more', async () => {
    const result = await send(aDelivery({ destination: 'email:ana@acme.test' }), options());

    expect(result).toEqual({ kind: 'refused', error: 'the stage has no sender of e-mail', noAnswer: 'not-reached' });
  });

  it('has no header, markup or link from a name', () => {
    const delivery = aDelivery({ jobName: 'A\r\nBcc: eve@evil.test\u2028<b>&"' });

    const { subject, text, html } = emailContent(delivery, '');

    expect(subject).toBe('A Bcc: eve@evil.test <b>&" failed');
    expect(text.split('\n')[0]).toBe(subject);
    expect(html).toContain('<strong>A Bcc: eve@evil.test &lt;b&gt;&amp;&quot; failed</strong>');
  });

  it('has a subject of at most 200 characters', () => {
    expect(emailContent(aDelivery({ jobName: 'x'.repeat(500) }), '').subject).toHaveLength(200);
  });
});
