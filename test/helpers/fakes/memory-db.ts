import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../../functions/core/store/db.ts';
import type { LambdaStreamRecord } from '../../../lib/local/event-sources/stream-event.ts';
import { type ItemChange, MemoryDynamoDb } from './memory-dynamodb.ts';
import { MemoryStream } from './memory-stream.ts';
import { tables } from './table-names.ts';
import { TABLE_SPECS } from './table-specs.ts';

/**
 * A store in memory, which a property test compares with the local DynamoDB: for what takes thousands of calls to arrange.
 * Each call takes a turn of the event loop, as it would take its time.
 *
 * @param onChange is told of each change, as a stream would be
 */
export function memoryDb(onChange: (change: ItemChange) => void = () => {}): Db {
  const memory = new MemoryDynamoDb(TABLE_SPECS, { now: Date.now, onChange });
  const send = async (command: { readonly input: object }) => {
    await new Promise(setImmediate);
    return memory.perform({ name: command.constructor.name, input: command.input });
  };
  return { client: { send } as unknown as DynamoDBClient, tables };
}

/** The records of a table's stream, as Lambda hands them over. */
export interface StreamTap {
  /** Those that were written since it was asked last, in their order. */
  take(): Promise<readonly LambdaStreamRecord[]>;
}

/** Such a store, with taps on the streams of some of its tables. */
export function tappedDb(names: readonly (keyof typeof tables)[]): { readonly db: Db; readonly taps: StreamTap[] } {
  const streams = names.map((name) => new MemoryStream(tables[name]));
  const db = memoryDb((change) => streams.find(({ table }) => table === change.table)?.append(change, Date.now()));
  const taps = streams.map(({ shards }) => ({ take: async () => shards.flatMap(({ records }) => records.splice(0)) }));
  return { db, taps };
}
