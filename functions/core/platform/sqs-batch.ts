import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { TenantDeletedError } from '../domain/tenant-tombstone.ts';
import type { Log } from './log.ts';

/**
 * Handles the messages of a batch one after the other and reports those that failed: they come again, the others do
 * not. A message that is none of ours is logged and dropped: it would never be one; so is one of a tenant that was
 * deleted.
 */
export async function forEachMessage<Message>(
  log: Log,
  { Records }: SQSEvent,
  parse: (body: string) => Message | undefined,
  handle: (message: Message, record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  for (const record of Records) {
    const message = parse(record.body);
    if (message === undefined) {
      log.error('message.malformed', { messageId: record.messageId, queue: record.eventSourceARN });
      // guard: message.malformed
      continue;
    }
    try {
      await handle(message, record);
    } catch (error) {
      if (/* guard: message.tenant-deleted */ error instanceof TenantDeletedError) {
        log.info('message.tenant_gone', { messageId: record.messageId, queue: record.eventSourceARN });
        continue;
      }
      log.error('message.failed', { messageId: record.messageId, queue: record.eventSourceARN, error: String(error) });
      // guard: message.failed.retry
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}
