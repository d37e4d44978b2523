import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Notice } from '../core/domain/notification/delivery.ts';
import { notifyIsolated } from '../core/engine/notifications/notify.ts';
import { toNotices } from '../core/engine/notifications/run-notices.ts';
import { createPlatform } from '../core/platform/platform.ts';

const platform = createPlatform();

/**
 * Ends of runs from the stream of the Runs table, into messages to those who want to know. A batch is taken whole or
 * comes again, except for what would hold up its shard until the stream forgets it: a record that cannot be read is
 * logged, and one that the store refuses becomes a dead letter.
 */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  for (const { item, error } of await notifyIsolated(platform, Records.flatMap(parseRecord))) {
    await platform.queues.sendRefusedNotice(item, String(error));
  }
}

function parseRecord(record: DynamoDBRecord): Notice[] {
  try {
    return toNotices(record);
  } catch (error) {
    platform.log.error('notifier.malformed_record', { eventId: record.eventID, error: String(error) });
    // guard: notifier.unreadable-record
    return [];
  }
}
