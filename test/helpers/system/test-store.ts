import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Db } from '../../../functions/core/store/db.ts';
import { stageConfig } from '../../../lib/config.ts';
import { startDynamoDb } from '../../../lib/local/dynamodb/server.ts';
import { ensureTable, type TableDefinition } from '../../../lib/local/dynamodb/tables.ts';
import { DataStack } from '../../../lib/stacks/data.ts';
import { tables } from '../fakes/table-names.ts';

export interface TestStore {
  readonly db: Db;
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a database with the tables of the data stack in a temporary folder.
 *
 * @param options `streams`: `false` omits the streams, because each stream record slows down later writes locally
 */
export async function startTestStore({ streams = true }: { readonly streams?: boolean } = {}): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-store-'));
  const dynamo = await startDynamoDb(folder);
  for (const table of Object.values(tables)) await ensureTable(dynamo.url, definitionOf(table, streams, folder));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: dynamo.url, region: 'us-east-1', credentials });
  return {
    db: { client, tables },
    url: dynamo.url,
    async stop() {
      client.destroy();
      await dynamo.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let resources: readonly [string, { readonly Properties: Record<string, unknown> }][] | undefined;

function tablesOf(app: App): unknown {
  const data = new DataStack(app, 'data', { config: stageConfig('local') });
  return Object.entries(Template.fromStack(data).findResources('AWS::DynamoDB::Table'));
}

function definitionOf(name: string, streams: boolean, folder: string): TableDefinition {
  resources ??= tablesOf(new App({ outdir: join(folder, 'cdk.out') })) as typeof resources;
  const found = resources?.find(([id]) => id.startsWith(name));
  if (!found) throw new Error(`the data stack has no table ${name}`);
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, StreamSpecification } = found[1].Properties;
  const stream = streams && { StreamSpecification };
  const wanted = { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, ...stream };
  return { TableName: name, ...JSON.parse(JSON.stringify(wanted)) } as TableDefinition;
}
