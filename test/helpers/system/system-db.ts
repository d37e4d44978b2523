import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../../functions/core/store/db.ts';
import { CREDENTIALS, REGION } from '../../../lib/local/support/arn.ts';
import type { LocalSystem } from '../../../lib/local/system.ts';

/** Opens the store of a local system, for data that no API surface exposes. */
export function systemDb({ endpoints, tableName }: Pick<LocalSystem, 'endpoints' | 'tableName'>): {
  readonly db: Db;
  readonly close: () => void;
} {
  const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: REGION, credentials: CREDENTIALS });
  const tables = {
    jobs: tableName('Jobs'),
    runs: tableName('Runs'),
    records: tableName('Records'),
    access: tableName('Access'),
    counters: tableName('Counters'),
    collections: tableName('Collections'),
  };
  return { db: { client, tables }, close: () => client.destroy() };
}
