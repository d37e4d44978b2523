import type { DynamoDBRecord } from 'aws-lambda';
import { aggregate } from '../core/engine/counters/aggregate.ts';
import { toCounterChanges } from '../core/engine/counters/counter-changes.ts';
import { createDeletedTenantFilter, type DatedChange } from '../core/engine/counters/deleted-tenant-filter.ts';
import { createPlatform } from '../core/platform/platform.ts';

const platform = createPlatform();
const withoutDeletedTenants = createDeletedTenantFilter(platform.db, platform.now);

/** Stream event of an event source mapping with a tumbling window. Only these name their shard. */
interface WindowEvent {
  readonly Records?: readonly DynamoDBRecord[];
  readonly shardId?: string;
}

/**
 * Adds changes from the streams of the Runs and Jobs tables to the counters. A failed batch is repeated as a whole. A
 * malformed record is logged and skipped, because it would block its shard until the stream discards it.
 */
export async function handler({ Records = [], shardId }: WindowEvent): Promise<{ state: Record<string, never> }> {
  if (!shardId) throw new Error('no shard id: the event source mapping has no tumbling window');
  await aggregate(platform, shardId, await withoutDeletedTenants(Records.flatMap(parseRecord)));
  // The window's state stays empty. The counters hold all state.
  return { state: {} };
}

function parseRecord(record: DynamoDBRecord): DatedChange[] {
  try {
    const seconds = record.dynamodb?.ApproximateCreationDateTime ?? Number.POSITIVE_INFINITY;
    return toCounterChanges(record).map((change) => ({ ...change, writtenAt: seconds * 1_000 }));
  } catch (error) {
    platform.log.error('counters.record_skipped', { eventId: record.eventID, error: String(error) });
    // guard: counters.unreadable-record
    return [];
  }
}
