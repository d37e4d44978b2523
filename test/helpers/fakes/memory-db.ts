import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../../functions/core/store/db.ts';
import type { LambdaStreamRecord } from '../../../lib/local/event-sources/stream-event.ts';
import { type ItemChange, MemoryDynamoDb } from './memory-dynamodb.ts';
import { MemoryStream } from './memory-stream.ts';
import { tables } from './table-names.ts';
import { TABLE_SPECS } from './table-specs.ts';

/**
 * A store in memory, for tests with thousands of calls. A property test compares it with DynamoDB Local. Each call
 * takes one turn of the event loop.
 *
 * @param onChange called for each change of an item
 * @param readLag milliseconds until eventually consistent reads show a change
 */
export function memoryDb(onChange: (change: ItemChange) => void = () => {}, readLag: () => number = () => 0): Db {
  const memory = new MemoryDynamoDb(TABLE_SPECS, { now: Date.now, onChange, readLag });
  const send = async (command: { readonly input: object }) => {
    await new Promise(setImmediate);
    return memory.perform({ name: command.constructor.name, input: command.input });
  };
  return { client: { send } as unknown as DynamoDBClient, tables };
}

/** Reads the records of a table's stream in Lambda's format. */
export interface StreamTap {
  /** Returns the records since the last call in order. */
  take(): Promise<readonly LambdaStreamRecord[]>;
}

/** A store in memory with taps on the streams of the named tables. */
export function tappedDb(names: readonly (keyof typeof tables)[]): { readonly db: Db; readonly taps: StreamTap[] } {
  const streams = names.map((name) => new MemoryStream(tables[name]));
  const db = memoryDb((change) => streams.find(({ table }) => table === change.table)?.append(change, Date.now()));
  const taps = streams.map(({ shards }) => ({ take: async () => shards.flatMap(({ records }) => records.splice(0)) }));
  return { db, taps };
}
