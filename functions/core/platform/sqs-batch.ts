import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { TenantDeletedError } from '../domain/tenant-tombstone.ts';
import { forEachConcurrent } from './for-each-concurrent.ts';
import type { Log } from './log.ts';

/**
 * Handles the messages of a batch and reports the failed ones, which SQS delivers again. A failed message does not
 * affect the others. Malformed messages and messages of deleted tenants are logged and dropped, because they can never
 * succeed.
 *
 * @param concurrency maximum number of messages that are handled at the same time. @defaultValue 1
 */
export async function forEachMessage<Message>(
  log: Log,
  { Records }: SQSEvent,
  parse: (body: string) => Message | undefined,
  handle: (message: Message, record: SQSRecord) => Promise<void>,
  concurrency = 1,
): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  await forEachConcurrent(/* guard: message.side-by-side */ concurrency, Records, async (record) => {
    const message = parse(record.body);
    if (message === undefined) {
      log.error('message.malformed', { messageId: record.messageId, queue: record.eventSourceARN });
      // guard: message.malformed
      return;
    }
    try {
      await handle(message, record);
    } catch (error) {
      if (/* guard: message.tenant-deleted */ error instanceof TenantDeletedError) {
        log.info('message.tenant_deleted', { messageId: record.messageId, queue: record.eventSourceARN });
        return;
      }
      log.error('message.failed', { messageId: record.messageId, queue: record.eventSourceARN, error: String(error) });
      // guard: message.failed.retry
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  });
  return { batchItemFailures };
}
