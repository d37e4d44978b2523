import { hashedUlid } from './run-id.ts';
import type { TenantId } from './tenant.ts';
import { DAY_MS } from './timing.ts';

export const DEAD_LETTER_KINDS = ['tick', 'run', 'notification', 'chain'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

/** Retention of a dead letter: longer than the 14 days of SQS. */
export const DEAD_LETTER_RETENTION_MS = 30 * DAY_MS;

/** A message of a tenant that a queue gave up. It holds ids and the known cause, and no data of the job. */
export interface DeadLetter {
  readonly tenant: TenantId;
  /** ULID derived from the message, so that repeated handling stores the same item. */
  readonly id: string;
  readonly kind: DeadLetterKind;
  /** Time at which the message was sent, ISO 8601. */
  readonly sentAt: string;
  /** Time at which the dead letter was recorded, ISO 8601. */
  readonly at: string;
  /** Known reason for which the message was given up. */
  readonly cause: string;
  readonly jobId: string;
  /**
   * Public id of the message's run; for a tick the run that it would have created, for a notification the newest run
   * that it reports, for a chain the run whose end starts others.
   */
  readonly runId: string;
  /** Ticks only: the scheduled time, ISO 8601. */
  readonly scheduledAt: string | null;
  /** Flow runs only: the task whose next slice the message requested. */
  readonly task: number | null;
  /** Notifications only: id of the delivery. */
  readonly delivery: string | null;
}

/** The attributes of a message in a dead-letter queue. */
export interface DeadLetteredMessage {
  readonly messageId: string;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  readonly receives: number;
  /** Error of a sender that could not deliver the message; otherwise null. */
  readonly error: string | null;
}

export const deadLetterId = ({ messageId, sentAt }: DeadLetteredMessage): string => hashedUlid(sentAt, messageId);

export function deadLetterCause({ receives, error }: DeadLetteredMessage): string {
  return error ? `could not be delivered: ${error}` : `its message was abandoned after ${receives} receives`;
}
