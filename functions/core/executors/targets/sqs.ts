import {
  GetQueueUrlCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SendMessageCommandOutput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { ArnParts } from './arn.ts';
import { perKey } from './per-key.ts';

const clientIn = perKey((region) => new SQSClient({ region }));

/** URLs of queues by region, account and name. The URL of a queue never changes. */
const urls = new Map<string, string>();

/** Sends a message. */
export async function sendMessage(
  queue: ArnParts,
  message: Omit<SendMessageCommandInput, 'QueueUrl'>,
  abortSignal: AbortSignal,
): Promise<SendMessageCommandOutput> {
  const QueueUrl = await findUrl(queue, abortSignal);
  return clientIn(queue.region).send(new SendMessageCommand({ ...message, QueueUrl }), { abortSignal });
}

async function findUrl({ region, account, resource }: ArnParts, abortSignal: AbortSignal): Promise<string> {
  const key = `${region}:${account}:${resource}`;
  const known = urls.get(key);
  if (known !== undefined) return known;
  const command = new GetQueueUrlCommand({ QueueName: resource, QueueOwnerAWSAccountId: account });
  const { QueueUrl } = await clientIn(region).send(command, { abortSignal });
  if (!QueueUrl) throw new Error('SQS returned no queue URL');
  urls.set(key, QueueUrl);
  return QueueUrl;
}
