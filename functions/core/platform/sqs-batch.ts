import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { TenantDeletedError } from '../domain/tenant-tombstone.ts';
import type { Log } from './log.ts';

/**
 * Handles the messages of a batch in sequence and reports the failed ones, which SQS delivers again. Malformed messages
 * and messages of deleted tenants are logged and dropped, because they can never succeed.
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
        log.info('message.tenant_deleted', { messageId: record.messageId, queue: record.eventSourceARN });
        continue;
      }
      log.error('message.failed', { messageId: record.messageId, queue: record.eventSourceARN, error: String(error) });
      // guard: message.failed.retry
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}
