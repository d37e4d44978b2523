import type { TableDefinition } from '../dynamodb/tables.ts';
import { arn } from '../support/arn.ts';
import type { AccessRequest } from './policy.ts';

type Attributes = Readonly<Record<string, { readonly S?: string }>>;
interface KeyRequest {
  readonly TableName: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
}
interface QueryRequest {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}
interface BatchWrite {
  readonly PutRequest?: { readonly Item: Attributes };
  readonly DeleteRequest?: { readonly Key: Attributes };
}
type TransactItem = Readonly<Record<string, KeyRequest>>;

/** IAM action of each kind of transaction item. IAM authorizes the items of a transaction one by one. */
const TRANSACTION_ACTIONS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/**
 * Derives the IAM access requests of a DynamoDB request: actions on tables and indexes with their leading keys. The
 * leading keys are omitted if they cannot be derived from the request.
 */
export function dynamoDbAccessRequests(
  tables: ReadonlyMap<string, TableDefinition>,
  operation: string,
  body: unknown,
): AccessRequest[] {
  const partitionKey = (table: string, index?: string): string => {
    const definition = tables.get(table);
    const schemaOwner =
      index === undefined ? definition : definition?.GlobalSecondaryIndexes?.find((i) => i.IndexName === index);
    return schemaOwner?.KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? 'pk';
  };
  const createRequest = (
    action: string,
    table: string,
    keys: readonly (string | undefined)[],
    index?: string,
  ): AccessRequest => {
    const known = keys.filter((key) => key !== undefined);
    const isKnown = known.length === keys.length && keys.length > 0;
    return {
      action: `dynamodb:${action}`,
      resource: arn('dynamodb', `table/${table}${index === undefined ? '' : `/index/${index}`}`),
      context: isKnown ? { 'dynamodb:LeadingKeys': [...new Set(known)] } : {},
    };
  };
  const keyOf = (table: string, attributes: Attributes | undefined) => attributes?.[partitionKey(table)]?.S;
  const createItemRequest = (action: string, { TableName, Key, Item }: KeyRequest) =>
    createRequest(action, TableName, [keyOf(TableName, Key ?? Item)]);

  switch (operation) {
    case 'Query': {
      const { TableName, IndexName, ...query } = body as QueryRequest;
      return [createRequest('Query', TableName, [queriedKey(query, partitionKey(TableName, IndexName))], IndexName)];
    }
    case 'BatchGetItem': {
      const { RequestItems } = body as { RequestItems: Record<string, { Keys: readonly Attributes[] }> };
      return Object.entries(RequestItems).map(([table, { Keys }]) =>
        createRequest(
          operation,
          table,
          Keys.map((key) => keyOf(table, key)),
        ),
      );
    }
    case 'BatchWriteItem': {
      const { RequestItems } = body as { RequestItems: Record<string, readonly BatchWrite[]> };
      return Object.entries(RequestItems).map(([table, writes]) =>
        createRequest(
          operation,
          table,
          writes.map(({ PutRequest, DeleteRequest }) => keyOf(table, PutRequest?.Item ?? DeleteRequest?.Key)),
        ),
      );
    }
    case 'TransactWriteItems':
    case 'TransactGetItems': {
      const { TransactItems } = body as { TransactItems: readonly TransactItem[] };
      return TransactItems.flatMap((item) =>
        Object.entries(item).map(([part, request]) => createItemRequest(TRANSACTION_ACTIONS[part] ?? part, request)),
      );
    }
    default:
      return [createItemRequest(operation, body as KeyRequest)];
  }
}

/** Extracts the value of the partition key from a key condition such as `(#pk = :v0) AND …`. */
function queriedKey(query: Omit<QueryRequest, 'TableName'>, attribute: string): string | undefined {
  const { KeyConditionExpression = '', ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = query;
  for (const [, name = '', value = ''] of KeyConditionExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    if ((ExpressionAttributeNames[name] ?? name) === attribute) return ExpressionAttributeValues[value]?.S;
  }
  return undefined;
}
