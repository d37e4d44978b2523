import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * Creates a DynamoDB client that spends a sixth less CPU time on a call than one with the default configuration. The
 * middleware is resolved once per operation instead of once per call. All calls of a client have the same region,
 * endpoint and credentials, so that they can share its context.
 *
 * @see https://github.com/aws/aws-sdk-js-v3/issues/6423
 */
export function createDynamoDbClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient({ ...config, cacheMiddleware: true });
  // Copies each input and output for a logger, even if none is configured.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
