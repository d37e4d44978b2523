import type { SQSRecord } from 'aws-lambda';
import {
  DEAD_LETTER_RETENTION_MS,
  type DeadLetter,
  type DeadLetteredMessage,
  deadLetterCause,
  deadLetterId,
} from '../../domain/dead-letter.ts';
import type { Platform } from '../../platform/platform.ts';
import { putDeadLetter } from '../../store/dead-letter.ts';

/** The fields of a dead letter that come from the content of its message. */
export type DeadLetterSubject = Pick<DeadLetter, 'tenant' | 'kind' | 'jobId' | 'runId'> &
  Partial<Pick<DeadLetter, 'scheduledAt' | 'task' | 'delivery'>>;

/** Stores a dead letter for its tenant. Idempotent: a repeat overwrites the same item. */
export async function storeDeadLetter(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  record: SQSRecord,
  subject: DeadLetterSubject,
): Promise<void> {
  const message = toGivenUpMessage(record);
  const at = now();
  const deadLetter: DeadLetter = {
    scheduledAt: null,
    task: null,
    delivery: null,
    ...subject,
    id: deadLetterId(message),
    sentAt: new Date(message.sentAt).toISOString(),
    at: new Date(at).toISOString(),
    cause: deadLetterCause(message),
  };
  await putDeadLetter(db, deadLetter, Math.ceil((at + DEAD_LETTER_RETENTION_MS) / 1_000));
}

/** EventBridge Scheduler reports the reason of a failed delivery in the message's attributes. */
function toGivenUpMessage({ messageId, attributes, messageAttributes }: SQSRecord): DeadLetteredMessage {
  return {
    messageId,
    sentAt: Number(attributes.SentTimestamp),
    receives: Number(attributes.ApproximateReceiveCount),
    error: messageAttributes?.ERROR_MESSAGE?.stringValue ?? messageAttributes?.ERROR_CODE?.stringValue ?? null,
  };
}
