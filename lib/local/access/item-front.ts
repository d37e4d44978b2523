import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type HttpService, readBody, serveHttp } from '../http.ts';
import type { TableDefinition } from '../tables.ts';
import { type Access, AccessDenied, accessKeyOf } from './access.ts';
import { itemRequests } from './item-requests.ts';

export interface ItemFrontOptions {
  readonly access: Access;
  readonly tables: readonly TableDefinition[];
  /** URL of the database behind. */
  readonly url: string;
  /** Told what was refused. */
  readonly refused: (message: string) => void;
}

/** DynamoDB for those whose role counts: hands on what IAM allows, and answers the rest as AWS does. */
export async function startItemFront({ access, tables, url, refused }: ItemFrontOptions): Promise<HttpService> {
  const byName = new Map(tables.map((table) => [table.TableName, table]));
  const agent = new Agent({ keepAlive: true });
  const service = await serveHttp(async (request, response) => {
    const body = await readBody(request);
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^DynamoDB_\d+\./, '');
    try {
      const key = accessKeyOf(request.headers.authorization);
      for (const asked of itemRequests(byName, operation, JSON.parse(body.toString()))) access.check(key, asked);
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      refused(error.message);
      const answer = { __type: 'com.amazon.coral.service#AccessDeniedException', Message: error.message };
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
      return;
    }
    await handOn(request, body, response, { url, agent });
  });
  return {
    ...service,
    async stop(graceMs) {
      await service.stop(graceMs);
      agent.destroy();
    },
  };
}

function handOn(
  { method = 'POST', headers, url: path = '/' }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  { url, agent }: { readonly url: string; readonly agent: Agent },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const upstream = httpRequest(new URL(path, url), { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.once('error', reject);
      response.once('close', resolve);
    });
    upstream.once('error', reject);
    upstream.end(body);
  });
}
