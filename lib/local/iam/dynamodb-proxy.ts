import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TableDefinition } from '../dynamodb/tables.ts';
import { type HttpService, readBody, serveHttp } from '../support/http.ts';
import { dynamoDbAccessRequests } from './dynamodb-access-requests.ts';
import { AccessDenied, type LocalIam, parseAccessKeyId } from './local-iam.ts';

export interface DynamoDbProxyOptions {
  readonly iam: LocalIam;
  readonly tables: readonly TableDefinition[];
  /** URL of the database that receives allowed requests. */
  readonly url: string;
  /** Called with the reason of each denied request. */
  readonly onDenied: (message: string) => void;
}

/**
 * Starts a DynamoDB endpoint that authorizes each request with IAM, forwards allowed requests and responds to denied
 * ones like AWS.
 */
export async function startDynamoDbProxy({ iam, tables, url, onDenied }: DynamoDbProxyOptions): Promise<HttpService> {
  const byName = new Map(tables.map((table) => [table.TableName, table]));
  const agent = new Agent({ keepAlive: true });
  const service = await serveHttp(async (request, response) => {
    const body = await readBody(request);
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^DynamoDB_\d+\./, '');
    try {
      const key = parseAccessKeyId(request.headers.authorization);
      for (const accessRequest of dynamoDbAccessRequests(byName, operation, JSON.parse(body.toString())))
        iam.authorize(key, accessRequest);
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      onDenied(error.message);
      const reply = { __type: 'com.amazon.coral.service#AccessDeniedException', Message: error.message };
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(reply));
      return;
    }
    await forward(request, body, response, { url, agent });
  });
  return {
    ...service,
    async stop(graceMs) {
      await service.stop(graceMs);
      agent.destroy();
    },
  };
}

function forward(
  { method = 'POST', headers, url: path = '/' }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  { url, agent }: { readonly url: string; readonly agent: Agent },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const upstream = httpRequest(new URL(path, url), { method, headers, agent }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
      reply.once('error', reject);
      response.once('close', resolve);
    });
    upstream.once('error', reject);
    upstream.end(body);
  });
}
