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

/** What is sent, and where: the platform's own queues. */
export interface Queues {
  /** Tells the workers of a queued run, after `delayMs` (at most 15 minutes, whole seconds). Sent twice, it runs once. */
  sendRun(ref: RunRef, delayMs?: number): Promise<void>;
  /** Tells the workers of a slice of a flow run, after `delayMs` as above. Sent twice, it is done once. */
  sendSlice(ref: RunRef, task: number, slice: number, delayMs?: number): Promise<void>;
  /** Sends a tick to the dispatcher again, `delayMs` later. */
  sendTick(tick: TickMessage, delayMs: number): Promise<void>;
  /** Tells the deliverer of a pending delivery, after `delayMs` as above. Sent twice, it is tried once. */
  sendNotification(delivery: Pick<Delivery, 'tenant' | 'id'>, delayMs?: number): Promise<void>;
  /** Sends an end of a run that cannot be notified of to the dead letters of notifications. */
  sendRefusedNotice(notice: Notice, error: string): Promise<void>;
}

/** URLs of the queues; empty of those that a function sends nothing to. */
export interface QueueUrls {
  readonly runs: string;
  readonly ticks: string;
  readonly notifications: string;
  readonly deadNotifications: string;
}

const seconds = (ms: number) => Math.min(900, Math.max(0, Math.ceil(ms / 1_000)));

/** The message group makes a standard queue a fair one: a tenant with a long line does not hold up the others. */
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
