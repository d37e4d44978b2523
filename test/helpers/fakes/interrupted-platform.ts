import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Tables } from '../../../functions/core/store/db.ts';
import type { TestPlatform } from './platform.ts';

/** A call of somebody who works on a platform. */
export interface CallSelector {
  /** Name of the command's class. @default any */
  readonly command?: string;
  /** @default any, and for transactions */
  readonly table?: keyof Tables;
  /** Which of those calls, from 1. @default the first */
  readonly nth?: number;
}

/** The platform for one who works on it, to whom something else happens before one of the calls to the store is made. */
export function interruptBefore(
  platform: TestPlatform,
  { command: name, table, nth = 1 }: CallSelector,
  meanwhile: () => Promise<unknown>,
): TestPlatform {
  const { client, tables } = platform.db;
  let left = nth;
  const send = async (command: Parameters<typeof client.send>[0]) => {
    const { TableName } = command.input as { readonly TableName?: string };
    const isIt =
      (name === undefined || command.constructor.name === name) && (table === undefined || TableName === tables[table]);
    if (isIt && --left === 0) await meanwhile();
    return client.send(command);
  };
  return { ...platform, db: { tables, client: { send } as unknown as DynamoDBClient } };
}
