import { isDeepStrictEqual } from 'node:util';
import { AwsJsonError, callAwsJson } from '../support/http.ts';

/** A table of the template, in the syntax of CreateTable. */
export interface TableDefinition {
  readonly TableName: string;
  readonly KeySchema: readonly KeySchemaElement[];
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly GlobalSecondaryIndexes?: readonly IndexDefinition[];
  readonly StreamSpecification?: { readonly StreamViewType: string };
  readonly TimeToLiveSpecification?: { readonly AttributeName: string; readonly Enabled: boolean };
}

interface KeySchemaElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

interface IndexDefinition {
  readonly IndexName: string;
  readonly KeySchema: readonly KeySchemaElement[];
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
}

interface TableDescription extends TableDefinition {
  readonly LatestStreamArn?: string;
}

/**
 * Creates the table, or verifies that the existing one has the same keys, indexes and stream.
 *
 * @returns the ARN of the table's stream, if it has one
 *
 * @throws Error if the table in the data folder differs; the message names the table and a remedy
 */
export async function ensureTable(endpoint: string, table: TableDefinition): Promise<string | undefined> {
  const existing = (await describe(endpoint, table.TableName)) ?? (await create(endpoint, table));
  if (!isDeepStrictEqual(shape(existing), shape(table))) {
    throw new Error(
      `Table ${table.TableName} in the data folder has other keys, indexes or stream than the template. ` +
        'Start with another data folder (JOBDECK_DATA), or remove this one.',
    );
  }
  await ensureTimeToLive(endpoint, table);
  return existing.LatestStreamArn;
}

async function describe(endpoint: string, name: string): Promise<TableDescription | undefined> {
  try {
    const answer = await call<{ Table: TableDescription }>(endpoint, 'DescribeTable', { TableName: name });
    return answer.Table;
  } catch (error) {
    if (error instanceof AwsJsonError && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function create(endpoint: string, table: TableDefinition): Promise<TableDescription> {
  const { TimeToLiveSpecification: _, StreamSpecification: stream, ...definition } = table;
  await call(endpoint, 'CreateTable', {
    ...definition,
    BillingMode: 'PAY_PER_REQUEST',
    ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType } }),
  });
  const created = await describe(endpoint, table.TableName);
  if (!created) throw new Error(`Table ${table.TableName} is not there after its creation.`);
  return created;
}

async function ensureTimeToLive(endpoint: string, table: TableDefinition): Promise<void> {
  const specification = table.TimeToLiveSpecification;
  if (!specification?.Enabled) return;
  const answer = await call<{ TimeToLiveDescription?: { AttributeName?: string } }>(endpoint, 'DescribeTimeToLive', {
    TableName: table.TableName,
  });
  if (answer.TimeToLiveDescription?.AttributeName === specification.AttributeName) return;
  await call(endpoint, 'UpdateTimeToLive', { TableName: table.TableName, TimeToLiveSpecification: specification });
}

/**
 * The properties that must agree between the template and the data folder. Lists are sorted because their order is
 * irrelevant.
 */
function shape(table: TableDefinition): object {
  const key = (schema: readonly KeySchemaElement[]) => schema.map((k) => `${k.KeyType} ${k.AttributeName}`).sort();
  return {
    key: key(table.KeySchema),
    attributes: table.AttributeDefinitions.map((a) => `${a.AttributeName} ${a.AttributeType}`).sort(),
    stream: table.StreamSpecification?.StreamViewType ?? null,
    indexes: (table.GlobalSecondaryIndexes ?? [])
      .map((index) => ({
        name: index.IndexName,
        key: key(index.KeySchema),
        projection: index.Projection.ProjectionType,
        attributes: [...(index.Projection.NonKeyAttributes ?? [])].sort(),
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function call<Answer>(endpoint: string, operation: string, body: object): Promise<Answer> {
  return callAwsJson<Answer>(endpoint, `DynamoDB_20120810.${operation}`, body);
}
