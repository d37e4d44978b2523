import type { SQSRecord } from 'aws-lambda';
import {
  DEAD_LETTER_MS,
  type DeadLetter,
  deadLetterCause,
  deadLetterId,
  type GivenUpMessage,
} from '../../domain/dead-letter.ts';
import type { Platform } from '../../platform/platform.ts';
import { putDeadLetter } from '../../store/dead-letters.ts';

/** What of a dead letter its message says. */
export type Told = Pick<DeadLetter, 'tenant' | 'kind' | 'jobId' | 'runId'> &
  Partial<Pick<DeadLetter, 'scheduledAt' | 'task' | 'delivery'>>;

/** Keeps a dead letter for its tenant to see. Kept again, it is the same one. */
export async function keepDeadLetter(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  record: SQSRecord,
  told: Told,
): Promise<void> {
  const message = givenUp(record);
  const at = now();
  const letter: DeadLetter = {
    scheduledAt: null,
    task: null,
    delivery: null,
    ...told,
    id: deadLetterId(message),
    sentAt: new Date(message.sentAt).toISOString(),
    at: new Date(at).toISOString(),
    cause: deadLetterCause(message),
  };
  await putDeadLetter(db, letter, Math.ceil((at + DEAD_LETTER_MS) / 1_000));
}

/** EventBridge Scheduler says in attributes of the message why it could not deliver what it was to. */
function givenUp({ messageId, attributes, messageAttributes }: SQSRecord): GivenUpMessage {
  return {
    messageId,
    sentAt: Number(attributes.SentTimestamp),
    receives: Number(attributes.ApproximateReceiveCount),
    error: messageAttributes?.ERROR_MESSAGE?.stringValue ?? messageAttributes?.ERROR_CODE?.stringValue ?? null,
  };
}
