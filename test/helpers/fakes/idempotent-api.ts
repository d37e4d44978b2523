import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../../functions/core/domain/json.ts';

/** What takes records over HTTP, and takes what comes under one `Idempotency-Key` once. */
export interface IdempotentApi {
  readonly url: string;
  /** By idempotency key. */
  readonly received: ReadonlyMap<string, readonly Json[]>;
  /** Keys that came again with something else. */
  readonly contradictions: readonly string[];
  /** Requests under a key that was known, and answers that were no 200. */
  readonly repeats: number;
  readonly failures: number;
  /** When the newest request came, by the clock that it was given. */
  readonly lastAt: number;
  /** All that was taken. */
  records<Item extends Json>(): readonly Item[];
  stop(): Promise<void>;
}

export interface IdempotentApiOptions {
  /** Numbers in [0, 1): which requests go wrong. */
  readonly random?: () => number;
  /** The share of requests that go wrong, in one way or another. @default none */
  readonly failing?: number;
  /** Told when a request has come, and when its answer is on its way. @default nobody is */
  readonly noticed?: () => void;
  /** @default real time */
  readonly now?: () => number;
}

/**
 * An API on 127.0.0.1 that a sink of a flow writes to. Requests that go wrong do so before the records were taken or
 * after it: with a 429, a 503, or a connection that breaks.
 */
export async function startIdempotentApi(options: IdempotentApiOptions = {}): Promise<IdempotentApi> {
  const { random = () => 1, failing = 0, now = Date.now, noticed = () => {} } = options;
  const received = new Map<string, readonly Json[]>();
  const contradictions: string[] = [];
  let [repeats, failures, lastAt] = [0, 0, 0];
  const take = (key: string, text: string) => {
    const body = JSON.parse(text) as Json;
    const known = received.get(key);
    if (known) repeats += 1;
    if (known && JSON.stringify(known) !== JSON.stringify([body].flat())) contradictions.push(key);
    if (!known) received.set(key, [body].flat());
  };
  const fail = (response: ServerResponse) => {
    failures += 1;
    const how = random();
    if (how < 0.3) response.writeHead(429, { 'retry-after': '1' }).end();
    else if (how < 0.6) response.writeHead(503).end();
    else response.destroy();
  };
  const server = createServer(async (request, response) => {
    lastAt = now();
    noticed();
    response.once('finish', noticed);
    let text = '';
    try {
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
    } catch {
      // The worker that sent it is no more.
      return;
    }
    const goesWrong = random() < failing;
    if (!goesWrong || random() < 0.5) take(String(request.headers['idempotency-key']), text);
    if (goesWrong) fail(response);
    else response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/records`,
    received,
    contradictions,
    get repeats() {
      return repeats;
    },
    get failures() {
      return failures;
    },
    get lastAt() {
      return lastAt;
    },
    records: <Item extends Json>() => [...received.values()].flat() as Item[],
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
