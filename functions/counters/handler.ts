import type { DynamoDBRecord } from 'aws-lambda';
import { aggregate } from '../core/engine/counters/aggregate.ts';
import { toCounterChanges } from '../core/engine/counters/counter-changes.ts';
import { createDeletedTenantFilter, type DatedChange } from '../core/engine/counters/deleted-tenant-filter.ts';
import { createPlatform } from '../core/platform/platform.ts';

const platform = createPlatform();
const withoutDeletedTenants = createDeletedTenantFilter(platform.db, platform.now);

/** An event of a stream with a tumbling window: only then does Lambda say which shard it is from. */
interface WindowEvent {
  readonly Records?: readonly DynamoDBRecord[];
  readonly shardId?: string;
}

/**
 * The streams of the Runs and Jobs tables, into the counters. A batch is taken whole or comes again. A record that
 * cannot be read is counted and logged, never thrown: it would hold up its shard until the stream forgets it.
 */
export async function handler({ Records = [], shardId }: WindowEvent): Promise<{ state: Record<string, never> }> {
  if (!shardId) throw new Error('no shard id: the event source mapping has no tumbling window');
  await aggregate(platform, shardId, await withoutDeletedTenants(Records.flatMap(parseRecord)));
  // What a window carries from batch to batch; the counters keep all there is to keep.
  return { state: {} };
}

function parseRecord(record: DynamoDBRecord): DatedChange[] {
  try {
    const seconds = record.dynamodb?.ApproximateCreationDateTime ?? Number.POSITIVE_INFINITY;
    return toCounterChanges(record).map((change) => ({ ...change, writtenAt: seconds * 1_000 }));
  } catch (error) {
    platform.log.error('counters.malformed_record', { eventId: record.eventID, error: String(error) });
    // guard: counters.unreadable-record
    return [];
  }
}
