import { SSMClient } from '@aws-sdk/client-ssm';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { Env } from '../../lib/env.ts';
import { parseNotificationMessage } from '../domain/messages.ts';
import { addressRule } from '../executors/public-address.ts';
import { privateNetworks, required } from '../platform/env.ts';
import { createPlatform } from '../platform/platform.ts';
import { createSecretReader } from '../platform/secrets.ts';
import { createSigningSecrets } from '../platform/signing-secret.ts';
import { eachMessage } from '../platform/sqs-batch.ts';
import { deliver } from './deliver.ts';
import { send } from './send.ts';

const platform = createPlatform();
const [ssm, path] = [new SSMClient({}), required(Env.parameterPath)];
const options = {
  mayConnect: addressRule(privateNetworks()),
  signingSecrets: createSigningSecrets(ssm, path),
  secret: createSecretReader(ssm, path),
  slackApiUrl: required(Env.slackApiUrl),
  consoleUrl: process.env[Env.consoleUrl] ?? '',
  now: platform.now,
};

/** One message a batch: the delivery to try. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(platform.log, event, parseNotificationMessage, (message) =>
    deliver(platform, (delivery) => send(delivery, options), message),
  );
}
