import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CREDENTIALS, REGION } from '../../../lib/local/support/arn.ts';
import type { LocalSystem } from '../../../lib/local/system.ts';

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
}

/** A queue of a local system to which tests send messages. */
export interface SystemQueue {
  send(message: object, times?: number): Promise<void>;
  /** Returns the number of visible messages and of messages in flight. */
  depth(): Promise<QueueDepth>;
  readonly close: () => void;
}

/** @param name the name in the architecture, for example `runs` or `ticks` */
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

/** @returns the number of visible messages and of messages in flight */
export async function depthOf(client: SQSClient, QueueUrl: string): Promise<QueueDepth> {
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  const count = (key: 'ApproximateNumberOfMessages' | 'ApproximateNumberOfMessagesNotVisible') =>
    Number(Attributes?.[key]);
  return {
    visible: count('ApproximateNumberOfMessages'),
    inFlight: count('ApproximateNumberOfMessagesNotVisible'),
  };
}
