import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

/** Everything of the local system listens here and nowhere else. */
export const LOOPBACK = '127.0.0.1';

/** A local service that answers over HTTP. */
export interface HttpService {
  readonly url: string;
  readonly port: number;
  /** Takes no more requests; those under way have `graceMs` to be answered (default: none). */
  stop(graceMs?: number): Promise<void>;
}

/** A port that was free a moment ago, for programs that cannot tell which one they took. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createTcpServer();
    probe.once('error', reject);
    probe.listen(0, LOOPBACK, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Starts an HTTP server on 127.0.0.1. `port` 0 takes a free one. Rejects with the system's error (`EADDRINUSE`). */
export async function serveHttp(
  handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
  port = 0,
): Promise<HttpService> {
  const server: Server = createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: error instanceof Error ? error.message : String(error) }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const taken = (server.address() as AddressInfo).port;
  return {
    url: `http://${LOOPBACK}:${taken}`,
    port: taken,
    async stop(graceMs = 0) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** The whole body of a request, in bytes. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Calls an operation of a service that speaks AWS JSON (DynamoDB, SQS) without its SDK: no client to load at start. */
export async function callAwsJson<Answer>(
  endpoint: string,
  target: string,
  body: object,
  version: '1.0' | '1.1' = '1.0',
): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': target,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=local',
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) {
    const { __type: type, message = answer.Message } = answer;
    const code = typeof type === 'string' ? type.replace(/^.*#/, '') : `Http${response.status}`;
    throw new AwsJsonError(code, `${target}: ${typeof message === 'string' ? message : code}`);
  }
  return answer as Answer;
}

/** A service's refusal; `name` is its error code (`ResourceInUseException`). */
export class AwsJsonError extends Error {
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}
