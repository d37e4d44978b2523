import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Tables } from '../../../functions/core/store/db.ts';
import { Crash } from './faulty-db.ts';
import type { TestPlatform } from './platform.ts';

/** Selects a call to the store. */
export interface CallSelector {
  /**
   * Name of the command class.
   *
   * @defaultValue any
   */
  readonly command?: string;
  /** @defaultValue any table, and transactions */
  readonly table?: keyof Tables;
  /**
   * Number of the call among the matching ones, from 1.
   *
   * @defaultValue 1
   */
  readonly nth?: number;
}

/**
 * Wraps a platform and runs `meanwhile` before the selected call to the store. If `meanwhile` throws a `Crash`, the
 * caller has crashed: its later calls to the store fail, too.
 */
export function interruptBefore(
  platform: TestPlatform,
  { command: name, table, nth = 1 }: CallSelector,
  meanwhile: () => Promise<unknown>,
): TestPlatform {
  const { client, tables } = platform.db;
  let left = nth;
  let crash: Crash | undefined;
  const send = async (command: Parameters<typeof client.send>[0]) => {
    const { TableName } = command.input as { readonly TableName?: string };
    const isIt =
      (name === undefined || command.constructor.name === name) && (table === undefined || TableName === tables[table]);
    if (crash) throw crash;
    if (isIt && --left === 0) {
      await meanwhile().catch((error: unknown) => {
        if (error instanceof Crash) crash = error;
        throw error;
      });
    }
    return client.send(command);
  };
  return { ...platform, db: { tables, client: { send } as unknown as DynamoDBClient } };
}
