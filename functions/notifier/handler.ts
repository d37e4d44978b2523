import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Notice } from '../core/domain/notification/delivery.ts';
import { notifyIsolated } from '../core/engine/notifications/notify.ts';
import { findEndedRun, toNotices } from '../core/engine/notifications/run-notices.ts';
import { requestFollowers } from '../core/engine/start/start-followers.ts';
import { createPlatform } from '../core/platform/create-platform.ts';

const platform = createPlatform();

/**
 * Converts ends of runs from the stream of the Runs table to notifications, and requests the runs that follow. A failed
 * batch is repeated as a whole, except for records that would block their shard: a malformed record is logged and skipped,
 * and a notice that the store rejects becomes a dead letter.
 */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const ended = Records.flatMap((record) => parse(record, findEndedRun));
  await requestFollowers(platform, ended);
  const notices: Notice[] = Records.flatMap((record) => parse(record, toNotices));
  for (const { item, error } of await notifyIsolated(platform, notices)) {
    await platform.queues.sendRefusedNotice(item, String(error));
  }
}

function parse<T>(record: DynamoDBRecord, read: (record: DynamoDBRecord) => T[]): T[] {
  try {
    return read(record);
  } catch (error) {
    platform.log.error('notifier.record_skipped', { eventId: record.eventID, error: String(error) });
    // guard: notifier.unreadable-record
    return [];
  }
}
