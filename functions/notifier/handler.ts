import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Notice } from '../domain/notification/delivery.ts';
import { createPlatform } from '../platform/platform.ts';
import { noticesOf } from './notices.ts';
import { notify } from './notify.ts';

const platform = createPlatform();

/**
 * Ends of runs from the stream of the Runs table, into messages to those who want to know. A batch is taken whole or
 * comes again. A record that cannot be read is logged, never thrown: it would hold up its shard until the stream forgets
 * it.
 */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  await notify(platform, Records.flatMap(readable));
}

function readable(record: DynamoDBRecord): Notice[] {
  try {
    return noticesOf(record);
  } catch (error) {
    platform.log.error('notifier.malformed_record', { eventId: record.eventID, error: String(error) });
    return [];
  }
}
