import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../../functions/core/store/db.ts';

/** A call to the store: the name of its command without `Command`, and its input as JSON. */
export interface StoreCall {
  readonly command: string;
  readonly input: string;
}

/** Wraps a database that fails the calls that `isRefused` selects. */
export function refusingDb(db: Db, isRefused: (call: StoreCall) => boolean): Db {
  const send = async (command: Parameters<DynamoDBClient['send']>[0]) => {
    const call = { command: command.constructor.name.replace('Command', ''), input: JSON.stringify(command.input) };
    if (isRefused(call)) throw new Error(`the store refused ${call.command}`);
    return db.client.send(command);
  };
  return { ...db, client: { send } as unknown as DynamoDBClient };
}
