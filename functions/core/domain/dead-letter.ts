import { hashedUlid } from './run-id.ts';
import type { TenantId } from './tenant.ts';
import { DAY_MS } from './timing.ts';

export const DEAD_LETTER_KINDS = ['tick', 'run', 'notification'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

/** How long a dead letter is kept: longer than SQS keeps any message. */
export const DEAD_LETTER_RETENTION_MS = 30 * DAY_MS;

/** A message of a tenant's that was given up: what of, and what is known of why. It holds ids, and nothing of a job's. */
export interface DeadLetter {
  readonly tenant: TenantId;
  /** A ULID, the same however often the letter is handled. */
  readonly id: string;
  readonly kind: DeadLetterKind;
  /** When the message was sent, ISO 8601. */
  readonly sentAt: string;
  /** When it was found to be given up, ISO 8601. */
  readonly at: string;
  /** As far as it is known to whoever gave it up. */
  readonly cause: string;
  readonly jobId: string;
  /** Public id of the run that it is of; of a tick, the run that it was to make; of a notification, the last it tells of. */
  readonly runId: string;
  /** Of a tick: the time that it stands for, ISO 8601. */
  readonly scheduledAt: string | null;
  /** Of a run's: the task of a flow that was to go on. */
  readonly task: number | null;
  /** Of a notification: its delivery's id. */
  readonly delivery: string | null;
}

/** What SQS tells of a message that it gave up. */
export interface DeadLetteredMessage {
  readonly messageId: string;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  readonly receives: number;
  /** Of a message that its sender could not deliver. */
  readonly error: string | null;
}

export const deadLetterId = ({ messageId, sentAt }: DeadLetteredMessage): string => hashedUlid(sentAt, messageId);

export function deadLetterCause({ receives, error }: DeadLetteredMessage): string {
  return error ? `could not be delivered: ${error}` : `its message was given up after ${receives} receives`;
}
