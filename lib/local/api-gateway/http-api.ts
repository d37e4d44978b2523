import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as settled } from 'node:timers/promises';
import { FunctionError, InvocationRefused } from '../lambda/errors.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { LogLevel, LogSink } from '../lambda/log.ts';
import { Clock } from '../support/clock.ts';
import { pause } from '../support/wait.ts';
import { toHttpEvent } from './http-event.ts';
import { gatewayResponse, type HttpResponse, internalServerError, toHttpResponse } from './http-response.ts';
import { RouteTable } from './route-table.ts';

/** Limits of API Gateway. */
const BODY_LIMIT = 10 * 1024 * 1024;
const INTEGRATION_TIMEOUT_MS = 30_000;

export interface HttpRoute {
  /** For example `GET /jobs/{id}`, `ANY /files/{path+}` or `$default`. */
  readonly routeKey: string;
  readonly fn: Pick<LambdaFunction, 'name' | 'invoke'>;
  /** Integration timeout. @default 30 s, the maximum */
  readonly timeoutMs?: number;
}

export interface HttpApiOptions {
  readonly routes: readonly HttpRoute[];
  /** Runs before routing; `true` means that it has responded. Serves requests that the API does not define. */
  readonly beforeRouting?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  /** @default real time */
  readonly clock?: Clock;
  /** @default '000000000000' */
  readonly accountId?: string;
  /** @default dropped */
  readonly log?: LogSink;
}

/** An API Gateway HTTP API with Lambda integrations, payload format 2.0. */
export class HttpApi {
  readonly #options: HttpApiOptions;
  readonly #table: RouteTable<HttpRoute>;
  readonly #clock: Clock;
  #server: Server | undefined;

  /** @throws Error for an invalid or duplicate route key, or a timeout over 30 s */
  constructor(options: HttpApiOptions) {
    for (const { routeKey, timeoutMs = 0 } of options.routes) {
      if (timeoutMs > INTEGRATION_TIMEOUT_MS) {
        throw new RangeError(`route "${routeKey}": timeoutMs must be at most 30000, got ${timeoutMs}`);
      }
    }
    this.#options = options;
    this.#table = new RouteTable(options.routes);
    this.#clock = options.clock ?? new Clock();
  }

  /** Handles one request. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (await this.#options.beforeRouting?.(request, response)) return;
      writeResponse(response, await this.#answer(request, response));
    } catch (error) {
      if (request.destroyed && !request.complete) return; // the client disconnected during the upload
      this.#log(`${request.method} ${request.url}`, error);
      if (response.headersSent) response.destroy();
      else writeResponse(response, internalServerError);
    }
  }

  /**
   * @param port 0 selects a free port
   * @returns the port
   * @throws the server's error if the port is in use (`EADDRINUSE`)
   */
  async listen(port: number, host = '127.0.0.1'): Promise<number> {
    const server = createServer((request, response) => void this.handle(request, response));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  /** Stops accepting requests and closes the connections of unfinished requests after `graceMs`. */
  async stop(graceMs = 500): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<HttpResponse> {
    const [rawPath = '/', queryString = ''] = (request.url ?? '/').split(/\?(.*)/s);
    const path = decode(rawPath);
    if (path === undefined) return gatewayResponse(400, 'Bad Request');
    const match = this.#table.match(request.method ?? 'GET', path);
    if (!match) return gatewayResponse(404, 'Not Found');
    const body = await readBody(request);
    if (!body) return gatewayResponse(413, 'Request Entity Too Large');

    const { routeKey, fn, timeoutMs = INTEGRATION_TIMEOUT_MS } = match.route;
    const { accountId = '000000000000' } = this.#options;
    const { pathParameters } = match;
    const now = this.#clock.now();
    const event = toHttpEvent({ request, body, routeKey, path, queryString, pathParameters, accountId, now });
    const { requestId } = event.requestContext;
    const finished = new AbortController();
    const withdrawal = new AbortController();
    const onClose = () => withdrawal.abort('request.client_left');
    if (response.destroyed) onClose();
    response.once('close', onClose);
    try {
      const trace = event.headers['x-amzn-trace-id'];
      // One environment a request and a small maximum: without lanes, the requests of one caller delay all others.
      const lane = event.headers.authorization ?? '';
      const invoked = fn.invoke(event, { signal: withdrawal.signal, lane, ...(trace !== undefined && { trace }) });
      const timedOut = pause(timeoutMs, finished.signal).then(async () => {
        withdrawal.abort('request.timed_out');
        await settled(); // the rejection of the withdrawn invocation takes precedence
        return gatewayResponse(503, 'Service Unavailable');
      });
      const answer = await Promise.race([invoked.then(toHttpResponse), timedOut]);
      return { ...answer, headers: { ...answer.headers, 'apigw-requestid': requestId } };
    } catch (error) {
      if (!(error instanceof InvocationRefused && error.code === 'InvocationWithdrawn')) {
        return this.#failure(routeKey, error);
      }
      this.#write('warn', { message: String(withdrawal.signal.reason), route: routeKey, requestId });
      const { headers, ...answer } = gatewayResponse(503, 'Service Unavailable');
      return { ...answer, headers: { ...headers, 'retry-after': '1', 'apigw-requestid': requestId } };
    } finally {
      response.off('close', onClose);
      finished.abort();
    }
  }

  #failure(routeKey: string, error: unknown): HttpResponse {
    if (error instanceof InvocationRefused) {
      this.#log(routeKey, error);
      if (error.code === 'RequestTooLargeException') return gatewayResponse(413, 'Request Entity Too Large');
      return error.code === 'RecursiveInvocationException'
        ? internalServerError
        : gatewayResponse(503, 'Service Unavailable');
    }
    if (error instanceof FunctionError) return internalServerError; // the function has logged it
    throw error;
  }

  #log(what: string, error: unknown): void {
    this.#write('error', { message: `${what}: ${String(error)}` });
  }

  #write(level: LogLevel, fields: Readonly<Record<string, string>>): void {
    this.#options.log?.({ functionName: 'http-api', level, text: JSON.stringify({ level, ...fields }) });
  }
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * @returns `undefined` if the body exceeds the limit. The rest is read and discarded, so that the client receives the
 * response
 */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= BODY_LIMIT ? Buffer.concat(chunks) : undefined;
}

function writeResponse(response: ServerResponse, { statusCode, headers, body }: HttpResponse): void {
  if (response.destroyed) return;
  response.writeHead(statusCode, headers);
  response.end(body);
}
