import type { DynamoDBRecord } from 'aws-lambda';
import type { Platform } from '../../platform/platform.ts';
import { aggregate, createHeadCache } from './aggregate.ts';
import { toCounterChanges } from './counter-changes.ts';
import { createDeletedTenantFilter, type DatedChange } from './deleted-tenant-filter.ts';

/** Adds a batch of one shard's records to the counters. */
export type CountRecords = (shardId: string, records: readonly DynamoDBRecord[]) => Promise<void>;

/** Creates the aggregator of the streams of the Runs and Jobs tables, once per execution environment. */
export function createRecordCounter(platform: Pick<Platform, 'db' | 'now' | 'log'>): CountRecords {
  const withoutDeletedTenants = createDeletedTenantFilter(platform.db, platform.now);
  const cache = createHeadCache(platform.now);
  return async (shardId, records) => {
    const changes = records.flatMap((record) => parseRecord(platform, record));
    await aggregate(platform, shardId, await withoutDeletedTenants(changes), cache);
  };
}

/** Logs and skips a malformed record, because it would block its shard until the stream discards it. */
function parseRecord({ log }: Pick<Platform, 'log'>, record: DynamoDBRecord): DatedChange[] {
  try {
    const seconds = record.dynamodb?.ApproximateCreationDateTime ?? Number.POSITIVE_INFINITY;
    return toCounterChanges(record).map((change) => ({ ...change, writtenAt: seconds * 1_000 }));
  } catch (error) {
    log.error('counters.record_skipped', { eventId: record.eventID, error: String(error) });
    // guard: counters.unreadable-record
    return [];
  }
}
