import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSink } from './lambda/log.ts';
import { writeAtomically } from './support/files.ts';
import { type HttpService, readBody, serveHttp } from './support/http.ts';

/** Name of the folder with the e-mails, in the data folder. */
export const OUTBOX_FOLDER = 'outbox';

const SEND = '/v2/email/outbound-emails';

interface SendEmailRequest {
  readonly FromEmailAddress?: string;
  readonly Destination?: { readonly ToAddresses?: readonly string[] };
  readonly Content?: { readonly Simple?: { readonly Subject?: { readonly Data?: string } } };
}

/**
 * Starts an SES endpoint with the operation `SendEmail`. It sends nothing: each e-mail is written as JSON to the folder
 * `outbox` of the data folder, and its recipients and subject are logged.
 *
 * @param now epoch milliseconds
 */
export function startOutbox(dataDir: string, now: () => number, log: LogSink): Promise<HttpService> {
  const folder = join(dataDir, OUTBOX_FOLDER);
  return serveHttp(async (request, response) => {
    const respond = (status: number, body: object) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const text = (await readBody(request)).toString();
    if (request.method !== 'POST' || request.url !== SEND) {
      respond(404, { message: `${request.method} ${request.url} is not emulated` });
      return;
    }
    const email = JSON.parse(text) as SendEmailRequest;
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${new Date(now()).toISOString().replaceAll(':', '-')}-${randomUUID().slice(0, 8)}.json`);
    writeAtomically(file, `${JSON.stringify(email, null, 2)}\n`);
    const to = email.Destination?.ToAddresses?.join(', ');
    log({ functionName: 'outbox', level: 'info', text: `${to}: ${email.Content?.Simple?.Subject?.Data} (${file})` });
    respond(200, { MessageId: randomUUID() });
  });
}
