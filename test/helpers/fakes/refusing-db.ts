import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../../functions/core/store/db.ts';

/** A call to the store: the name of its command without `Command`, and its input as JSON. */
export interface StoreCall {
  readonly command: string;
  readonly input: string;
}

/**
 * Wraps a database that fails the calls that `isRefused` selects.
 *
 * @param toError returns the error of a refused call
 */
export function refusingDb(
  db: Db,
  isRefused: (call: StoreCall) => boolean,
  toError: (call: StoreCall) => Error = ({ command }) => new Error(`the store refused ${command}`),
): Db {
  const send = async (command: Parameters<DynamoDBClient['send']>[0]) => {
    const call = { command: command.constructor.name.replace('Command', ''), input: JSON.stringify(command.input) };
    if (isRefused(call)) throw toError(call);
    return db.client.send(command);
  };
  return { ...db, client: { send } as unknown as DynamoDBClient };
}
