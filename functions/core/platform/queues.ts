import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type {
  NotificationMessage,
  RefusedNoticeMessage,
  RunMessage,
  SliceMessage,
  TickMessage,
} from '../domain/messages.ts';
import type { Delivery, Notice } from '../domain/notification/delivery.ts';
import type { RunRef } from '../domain/run.ts';

/** The platform's own queues. */
export interface Queues {
  /**
   * Sends the message of a queued run, with a delay of at most 15 minutes in whole seconds. A repeated message has no
   * effect.
   */
  sendRun(ref: RunRef, delayMs?: number): Promise<void>;
  /** Sends the message of a flow run's slice, with a delay as in `sendRun`. A repeated message has no effect. */
  sendSlice(ref: RunRef, task: number, slice: number, delayMs?: number): Promise<void>;
  /** Sends a tick to the dispatcher again after `delayMs`. */
  sendTick(tick: TickMessage, delayMs: number): Promise<void>;
  /** Sends the message of a pending delivery, with a delay as in `sendRun`. A repeated message has no effect. */
  sendNotification(delivery: Pick<Delivery, 'tenant' | 'id'>, delayMs?: number): Promise<void>;
  /** Sends the end of a run that cannot be notified to the dead-letter queue of notifications. */
  sendRefusedNotice(notice: Notice, error: string): Promise<void>;
}

/** URLs of the queues; empty if the function does not send to the queue. */
export interface QueueUrls {
  readonly runs: string;
  readonly ticks: string;
  readonly notifications: string;
  readonly deadNotifications: string;
}

const seconds = (ms: number) => Math.min(900, Math.max(0, Math.ceil(ms / 1_000)));

/** The message group makes a standard queue a fair queue: a tenant with many messages does not delay other tenants. */
export function createQueues(sqs: SQSClient, urls: QueueUrls): Queues {
  const send = async (
    QueueUrl: string,
    message: RunMessage | SliceMessage | NotificationMessage | RefusedNoticeMessage,
    delayMs: number,
  ): Promise<void> => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: JSON.stringify(message),
        MessageGroupId: message.tenant,
        DelaySeconds: seconds(delayMs),
      }),
    );
  };
  const toRunMessage = ({ tenant, jobId, incarnation, ulid }: RunRef): RunMessage => {
    return { v: 1, tenant, jobId, incarnation, ulid };
  };
  return {
    sendRun: (ref, delayMs = 0) => send(urls.runs, toRunMessage(ref), delayMs),
    sendSlice: (ref, task, slice, delayMs = 0) => send(urls.runs, { ...toRunMessage(ref), task, slice }, delayMs),
    async sendTick(tick, delayMs) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: urls.ticks,
          MessageBody: JSON.stringify(tick),
          DelaySeconds: seconds(delayMs),
        }),
      );
    },
    sendNotification: ({ tenant, id }, delayMs = 0) =>
      send(urls.notifications, { v: 1, tenant, delivery: id }, delayMs),
    sendRefusedNotice: ({ tenant, jobId, incarnation, kind, run }, error) =>
      send(urls.deadNotifications, { v: 1, tenant, jobId, incarnation, ulid: run.ulid, kind, error }, 0),
  };
}
