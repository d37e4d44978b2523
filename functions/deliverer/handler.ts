import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseNotificationMessage } from '../core/domain/messages.ts';
import { deliver } from '../core/engine/notifications/delivery/deliver.ts';
import { send } from '../core/engine/notifications/delivery/send.ts';
import { createAddressRule } from '../core/executors/http/public-address.ts';
import { createPlatform } from '../core/platform/create-platform.ts';
import { emailDomains, emailFrom, privateNetworks, requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';
import { createTenantSecrets } from '../core/platform/tenant-secrets.ts';

const platform = createPlatform();
const secrets = createTenantSecrets(platform);
const from = emailFrom();
const identityArn = process.env[Env.emailIdentityArn];
const options = {
  email: from === undefined ? undefined : { from, domains: emailDomains(), ...(identityArn && { identityArn }) },
  mayConnect: createAddressRule(privateNetworks()),
  signingSecrets: secrets.signing,
  secret: secrets.read,
  slackApiUrl: requireEnv(Env.slackApiUrl),
  pagerDutyUrl: requireEnv(Env.pagerDutyUrl),
  plainHttp: privateNetworks().length > 0,
  consoleUrl: process.env[Env.consoleUrl] ?? '',
  now: platform.now,
};

/** Sends the notification of each message. The batch size is 1. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseNotificationMessage, (message) =>
    deliver(platform, (delivery, timeoutMs) => send(delivery, options, timeoutMs), message),
  );
}
