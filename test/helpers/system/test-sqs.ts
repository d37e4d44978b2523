import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { onTestFinished } from 'vitest';
import { MessageAttributeCache } from '../../../lib/local/event-sources/message-attribute-cache.ts';

export interface TestQueue {
  readonly queueUrl: string;
  readonly queueArn: string;
}

/** A fauxqs server on 127.0.0.1 with in-memory queues. Stops when the test ends. */
export class TestSqs {
  readonly endpoint: string;
  readonly port: number;
  readonly attributes: MessageAttributeCache;
  readonly client: SQSClient;
  readonly stop: () => Promise<void>;

  private constructor(endpoint: string, attributes: MessageAttributeCache, stop: () => Promise<void>) {
    this.endpoint = endpoint;
    this.port = Number(new URL(endpoint).port);
    this.attributes = attributes;
    this.stop = stop;
    this.client = new SQSClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      useQueueUrlAsEndpoint: false,
    });
  }

  static async start(port = 0): Promise<TestSqs> {
    const app = buildApp({ logger: false });
    const attributes = new MessageAttributeCache();
    attributes.attach(app);
    const endpoint = await app.listen({ port, host: '127.0.0.1' });
    let open = true;
    const stop = async () => {
      if (open) await app.close();
      open = false;
    };
    const sqs = new TestSqs(endpoint, attributes, stop);
    onTestFinished(async () => {
      sqs.client.destroy();
      await stop();
    });
    return sqs;
  }

  /** @param redrive the dead-letter queue, and the number of receives after which a message moves there */
  async createQueue(
    attributes: Partial<Record<QueueAttributeName, string>> = {},
    redrive?: { readonly to: TestQueue; readonly maxReceiveCount: number },
  ): Promise<TestQueue> {
    const policy = redrive && { deadLetterTargetArn: redrive.to.queueArn, maxReceiveCount: redrive.maxReceiveCount };
    const { QueueUrl: queueUrl = '' } = await this.client.send(
      new CreateQueueCommand({
        QueueName: `queue-${randomUUID()}`,
        Attributes: { ...attributes, ...(policy && { RedrivePolicy: JSON.stringify(policy) }) },
      }),
    );
    const { Attributes: { QueueArn: queueArn = '' } = {} } = await this.client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
    );
    return { queueUrl, queueArn };
  }

  /** Sends one message per body in a single call. */
  async send({ queueUrl }: TestQueue, ...bodies: readonly string[]): Promise<void> {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await this.client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }

  /** Stops an event source of the queue without waiting for its long poll. */
  async stopSource(source: { stop(graceMs?: number): Promise<void> }, queue: TestQueue): Promise<void> {
    const stopped = source.stop(0);
    await this.send(queue, 'wake up').catch(() => {}); // The endpoint may have stopped already.
    await stopped;
  }

  /** Returns the number of visible messages and of messages in flight. */
  async depth({ queueUrl }: TestQueue): Promise<{ visible: number; inFlight: number }> {
    const { Attributes: { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } = {} } =
      await this.client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
    return { visible: Number(visible), inFlight: Number(hidden) };
  }

  /** Receives a message and returns its body. Waits up to 10 s. */
  async receive({ queueUrl }: TestQueue): Promise<string | undefined> {
    const { Messages: [message] = [] } = await this.client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 10 }),
    );
    return message?.Body;
  }
}
