import type { DynamoDBRecord } from 'aws-lambda';
import { createRecordCounter } from '../core/engine/counters/count-records.ts';
import { createPlatform } from '../core/platform/create-platform.ts';

const countRecords = createRecordCounter(createPlatform());

/** Stream event of an event source mapping with a tumbling window. Only these name their shard. */
interface WindowEvent {
  readonly Records?: readonly DynamoDBRecord[];
  readonly shardId?: string;
}

/** Adds changes from the streams of the Runs and Jobs tables to the counters. A failed batch is repeated as a whole. */
export async function handler({ Records = [], shardId }: WindowEvent): Promise<{ state: Record<string, never> }> {
  if (!shardId) throw new Error('no shard id: the event source mapping has no tumbling window');
  await countRecords(shardId, Records);
  // The window's state stays empty. The counters hold all state.
  return { state: {} };
}
