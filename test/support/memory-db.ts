import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../functions/store/db.ts';
import { MemoryDynamoDb } from '../fault/driver/memory-dynamodb.ts';
import { TABLES } from '../fault/driver/tables.ts';

/**
 * A store in memory, which a property test compares with the local DynamoDB: for what takes thousands of calls to arrange.
 * Each call takes a turn of the event loop, as it would take its time.
 */
export function memoryDb(): Db {
  const memory = new MemoryDynamoDb(TABLES, { now: Date.now });
  const send = async (command: { readonly input: object }) => {
    await new Promise(setImmediate);
    return memory.perform({ name: command.constructor.name, input: command.input });
  };
  const tables = {
    jobs: 'Jobs',
    runs: 'Runs',
    records: 'Records',
    access: 'Access',
    counters: 'Counters',
    collections: 'Collections',
  };
  return { client: { send } as unknown as DynamoDBClient, tables };
}
