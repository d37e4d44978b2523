import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CREDENTIALS, REGION } from '../../../lib/local/support/arn.ts';
import type { LocalSystem } from '../../../lib/local/system.ts';

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
}

/** A queue of a local system, for what a test puts into it. */
export interface SystemQueue {
  send(message: object, times?: number): Promise<void>;
  /** Messages that wait, and those that a consumer has. */
  depth(): Promise<QueueDepth>;
  readonly close: () => void;
}

/** @param name in the design: `runs`, `ticks` */
export function systemQueue(system: LocalSystem, name: string): SystemQueue {
  const client = new SQSClient({ endpoint: system.endpoints.sqs, region: REGION, credentials: CREDENTIALS });
  const QueueUrl = system.queueUrl(name);
  return {
    async send(message, times = 1) {
      const command = () => new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) });
      await Promise.all(Array.from({ length: times }, () => client.send(command())));
    },
    depth: () => depthOf(client, QueueUrl),
    close: () => client.destroy(),
  };
}

/** @returns the number of messages that wait, and of those that a consumer has */
export async function depthOf(client: SQSClient, QueueUrl: string): Promise<QueueDepth> {
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  const count = (key: 'ApproximateNumberOfMessages' | 'ApproximateNumberOfMessagesNotVisible') =>
    Number(Attributes?.[key]);
  return {
    visible: count('ApproximateNumberOfMessages'),
    inFlight: count('ApproximateNumberOfMessagesNotVisible'),
  };
}
