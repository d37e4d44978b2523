import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type {
  NotificationMessage,
  RefusedNoticeMessage,
  RunMessage,
  RunToSend,
  SliceMessage,
  SweepMessage,
  TickMessage,
} from '../domain/messages.ts';
import type { Delivery, Notice } from '../domain/notification/delivery.ts';
import type { RunRef } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import { sendUntilProcessed } from './batch.ts';

/** The platform's own queues. */
export interface Queues {
  /**
   * Sends the message of a queued run, with a delay of at most 15 minutes in whole seconds. A repeated message has no
   * effect.
   */
  sendRun(run: RunToSend, delayMs?: number): Promise<void>;
  /** Sends the messages of queued runs without a delay, up to ten in a request. Repeated messages have no effect. */
  sendRuns(runs: readonly RunToSend[]): Promise<void>;
  /** Sends the message of a flow run's slice, with a delay as in `sendRun`. A repeated message has no effect. */
  sendSlice(ref: RunRef, task: number, slice: number, delayMs?: number): Promise<void>;
  /** Sends a tick, or the start of a delayed run, to the dispatcher after `delayMs`, as in `sendRun`. */
  sendTick(tick: TickMessage, delayMs: number): Promise<void>;
  /** Sends the message of a pending delivery, with a delay as in `sendRun`. A repeated message has no effect. */
  sendNotification(delivery: Pick<Delivery, 'tenant' | 'id'>, delayMs?: number): Promise<void>;
  /** Sends the messages of tenants to sweep, with delays as in `sendRun`. */
  sendSweeps(sweeps: readonly SweepRequest[]): Promise<void>;
  /** Sends the end of a run that cannot be notified to the dead-letter queue of notifications. */
  sendRefusedNotice(notice: Notice, error: string): Promise<void>;
}

/** A sweep of a tenant. */
export interface SweepRequest {
  readonly tenant: TenantId;
  /** `true` requests a sweep of the whole tenant, independent of its agenda entry. @defaultValue false */
  readonly full?: boolean;
  readonly delayMs: number;
}

/** Maximum number of messages that SQS accepts at once. */
const SEND_BATCH = 10;

/** A message of a batch. */
interface BatchMessage {
  readonly message: RunMessage | SweepMessage;
  readonly delayMs: number;
}

/** URLs of the queues; empty if the function does not send to the queue. */
export interface QueueUrls {
  readonly runs: string;
  readonly ticks: string;
  readonly notifications: string;
  readonly sweeps: string;
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
  /** Sends messages, ten in a request, and repeats those that SQS did not accept: its response is 200 in either case. */
  const sendAll = async (QueueUrl: string, entryNoun: string, messages: readonly BatchMessage[]): Promise<void> => {
    const sendBatch = async (batch: readonly BatchMessage[]): Promise<readonly BatchMessage[]> => {
      const Entries = batch.map(({ message, delayMs }, i) => ({
        Id: String(i),
        MessageBody: JSON.stringify(message),
        MessageGroupId: message.tenant,
        DelaySeconds: seconds(delayMs),
      }));
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      return /* guard: send.failed */ Failed.flatMap(({ Id }) => batch[Number(Id)] ?? []);
    };
    for (let i = 0; i < messages.length; i += SEND_BATCH) {
      await sendUntilProcessed<readonly BatchMessage[]>(messages.slice(i, i + SEND_BATCH), {
        send: async (batch) => ({ remaining: await sendBatch(batch) }),
        sizeOf: ({ length }) => length,
        entryNoun,
      });
    }
  };
  const toRunMessage = ({ tenant, jobId, incarnation, ulid, lock }: RunToSend): RunMessage => {
    return { v: 1, tenant, jobId, incarnation, ulid, ...(lock && { lock }) };
  };
  return {
    sendRun: (ref, delayMs = 0) => send(urls.runs, toRunMessage(ref), delayMs),
    sendRuns: (refs) =>
      sendAll(
        urls.runs,
        'messages of runs',
        refs.map((ref) => ({ message: toRunMessage(ref), delayMs: 0 })),
      ),
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
    sendSweeps: (sweeps) =>
      sendAll(
        urls.sweeps,
        'messages of sweeps',
        sweeps.map(({ tenant, full, delayMs }) => ({ message: { v: 1, tenant, ...(full && { full }) }, delayMs })),
      ),
    sendRefusedNotice: ({ tenant, jobId, incarnation, kind, run }, error) =>
      send(urls.deadNotifications, { v: 1, tenant, jobId, incarnation, ulid: run.ulid, kind, error }, 0),
  };
}
