import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createObjects } from '../../../functions/core/platform/s3-objects.ts';
import type { Db, Item, Tables } from '../../../functions/core/store/db.ts';
import { CREDENTIALS, REGION } from '../../../lib/local/support/arn.ts';
import type { TestSystem } from '../system/test-system.ts';

/** Reads every row of every table, by `table pk sk`. */
export async function readAllRows({ client, tables }: Db): Promise<ReadonlyMap<string, Item>> {
  const rows = new Map<string, Item>();
  for (const table of Object.keys(tables) as (keyof Tables)[]) {
    let start: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({ TableName: tables[table], ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
      );
      for (const raw of Items) {
        const item = unmarshall(raw);
        rows.set(`${table} ${item.pk} ${item.sk}`, item);
      }
      start = LastEvaluatedKey;
    } while (start);
  }
  return rows;
}

/** @returns whether a text contains the tenant id as a whole word: `acme` does not match `acme2` and `acme-2` */
const names = (tenant: string, text: string): boolean =>
  new RegExp(`(?<![A-Za-z0-9_-])${tenant}(?![A-Za-z0-9_-])`).test(text);

/** The cursor of the sweeper's pass over all tenants: names the tenant visited last, until the pass continues. */
const SWEEP_CURSOR = 'access .platform SWEEP';

/** Lists every row, object and schedule that contains a tenant's id, except for the cursor of the sweeper's pass. */
export async function findTenantMentions(system: TestSystem, db: Db, tenant: string): Promise<readonly string[]> {
  const rows = [...(await readAllRows(db))]
    .filter(([name, row]) => name !== SWEEP_CURSOR && names(tenant, JSON.stringify(row)))
    .map(([name]) => name);
  const others = [...(await keys(system)), ...schedules(system)];
  return [...rows, ...others.filter((name) => names(tenant, name))].sort();
}

async function keys(system: TestSystem): Promise<readonly string[]> {
  const at = { endpoint: system.endpoints.sqs, region: REGION, credentials: CREDENTIALS };
  const s3 = new S3Client({ ...at, forcePathStyle: true });
  const found: string[] = [];
  for await (const page of createObjects(s3, system.bucketName('files')).list('')) {
    found.push(...page.map(({ key }) => `file ${key}`));
  }
  s3.destroy();
  return found;
}

function schedules({ dataDir }: TestSystem): readonly string[] {
  const database = new DatabaseSync(join(dataDir, 'scheduler.sqlite'), { readOnly: true });
  const rows = database.prepare('SELECT record FROM schedules').all();
  database.close();
  return rows.map(({ record }) => `schedule ${String(record)}`);
}
