import { type Received, startHttpServer } from './http-server.ts';

/** A response of the fake API; `drop` closes the connection without one. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or unchanged if it is text. */
  readonly body?: unknown;
  readonly drop?: boolean;
}

/** Starts an HTTP API on 127.0.0.1 whose responses `answer` chooses; `attempt` counts all requests from 1. */
export async function startApiServer(answer: (request: Received, attempt: number) => FakeAnswer) {
  const server = await startHttpServer((request, response) => {
    const attempt = server.received.length;
    const { status = 200, headers = {}, body, drop = false } = answer(server.received.at(-1) as Received, attempt);
    if (drop) {
      request.socket.destroy();
      return;
    }
    const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
    response.writeHead(status, { ...(body !== undefined && { 'content-type': type }), ...headers });
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  });
  return server;
}
