import { SSMClient } from '@aws-sdk/client-ssm';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseNotificationMessage } from '../core/domain/messages.ts';
import { deliver } from '../core/engine/notifications/delivery/deliver.ts';
import { send } from '../core/engine/notifications/delivery/send.ts';
import { createAddressRule } from '../core/executors/http/public-address.ts';
import { privateNetworks, requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createPlatform } from '../core/platform/platform.ts';
import { createSecretReader } from '../core/platform/secrets.ts';
import { createSigningSecrets } from '../core/platform/signing-secrets.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';

const platform = createPlatform();
const [ssm, path] = [new SSMClient({}), requireEnv(Env.parameterPath)];
const options = {
  mayConnect: createAddressRule(privateNetworks()),
  signingSecrets: createSigningSecrets(ssm, path),
  secret: createSecretReader(ssm, path),
  slackApiUrl: requireEnv(Env.slackApiUrl),
  consoleUrl: process.env[Env.consoleUrl] ?? '',
  now: platform.now,
};

/** Sends the notification of each message. The batch size is 1. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseNotificationMessage, (message) =>
    deliver(platform, (delivery, timeoutMs) => send(delivery, options, timeoutMs), message),
  );
}
