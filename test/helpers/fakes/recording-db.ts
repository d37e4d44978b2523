import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../../functions/core/store/db.ts';

/** Wraps a database and records its commands, for example `GetItem` and `Query`. */
export function recordCommands(db: Db): { readonly db: Db; readonly requests: string[] } {
  const requests: string[] = [];
  const send: DynamoDBClient['send'] = (command: Parameters<DynamoDBClient['send']>[0]) => {
    requests.push(command.constructor.name.replace('Command', ''));
    return db.client.send(command);
  };
  return { db: { ...db, client: Object.assign(Object.create(db.client) as DynamoDBClient, { send }) }, requests };
}
