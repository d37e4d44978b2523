import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../../functions/core/domain/json.ts';

/** A receiver of records over HTTP that accepts each `Idempotency-Key` once. */
export interface IdempotentApi {
  readonly url: string;
  /** Accepted records by idempotency key. */
  readonly received: ReadonlyMap<string, readonly Json[]>;
  /** Idempotency keys that were received again with other records. */
  readonly contradictions: readonly string[];
  /** Number of requests with a known key; `failures` is the number of responses other than 200. */
  readonly repeats: number;
  readonly failures: number;
  /** Time of the newest request by the clock in the options. */
  readonly lastAt: number;
  /** Returns all accepted records. */
  records<Item extends Json>(): readonly Item[];
  stop(): Promise<void>;
}

export interface IdempotentApiOptions {
  /** Random numbers in [0, 1) that choose the failing requests. */
  readonly random?: () => number;
  /**
   * Share of failing requests.
   *
   * @defaultValue 0
   */
  readonly failing?: number;
  /**
   * Called when a request arrives and when its response is sent.
   *
   * @defaultValue no callback
   */
  readonly onActivity?: () => void;
  /** @defaultValue `Date.now` */
  readonly now?: () => number;
}

/**
 * Starts an API on 127.0.0.1 that an HTTP sink writes to. A failing request returns 429 or 503 or breaks the
 * connection, before or after its records are accepted.
 */
export async function startIdempotentApi(options: IdempotentApiOptions = {}): Promise<IdempotentApi> {
  const { random = () => 1, failing = 0, now = Date.now, onActivity: noticed = () => {} } = options;
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
      // The sending worker was killed.
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
