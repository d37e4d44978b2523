import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An order of a shop, with fields to filter and map. */
export interface Order {
  readonly id: number;
  readonly status: 'open' | 'draft';
  readonly total: number;
  /** Number of the response for this page; always 1 unless the API is `fickle`. */
  readonly reading: number;
}

export interface OrdersApi {
  /** URL of the order list, whose pages start at 1. */
  readonly url: string;
  /** Number of responses by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Returns the number of pages that were served more than once. */
  readonly repeated: () => number;
  stop(): Promise<void>;
}

export interface OrdersApiOptions {
  readonly orders: number;
  /** Random numbers in [0, 1) that choose the failing requests. */
  readonly random: () => number;
  /**
   * Shares of the requests that are answered with 429 and with 500.
   *
   * @defaultValue 0
   */
  readonly throttled?: number;
  readonly broken?: number;
  /**
   * Called when a request arrives and when its response is sent.
   *
   * @defaultValue no callback
   */
  readonly onActivity?: () => void;
  /**
   * Shuffles the orders of a page for each response and sets their `reading`.
   *
   * @defaultValue false
   */
  readonly reshuffled?: boolean;
}

/** Every fifth order is a draft. */
export const isOpen = (id: number) => id % 5 !== 0;

/** Starts the API of a shop on 127.0.0.1: `GET …?page=2&size=100` → `{ data: [ … ] }`. */
export async function startOrdersApi(options: OrdersApiOptions): Promise<OrdersApi> {
  const {
    orders,
    random,
    throttled = 0,
    broken = 0,
    reshuffled: fickle = false,
    onActivity: noticed = () => {},
  } = options;
  const answers = new Map<number, number>();
  const readings = new Map<number, number>();
  const answer = (response: ServerResponse, status: number, body: object, headers = {}) => {
    answers.set(status, (answers.get(status) ?? 0) + 1);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    noticed();
    response.once('finish', noticed);
    const query = new URL(request.url ?? '', 'http://shop').searchParams;
    const [page, size] = [Number(query.get('page')), Number(query.get('size'))];
    const luck = random();
    if (luck < throttled) return answer(response, 429, {}, { 'retry-after': '1' });
    if (luck < throttled + broken) return answer(response, 500, {});
    const reading = (readings.get(page) ?? 0) + 1;
    readings.set(page, reading);
    const from = (page - 1) * size;
    const data = Array.from({ length: Math.max(0, Math.min(size, orders - from)) }, (_, i): Order => {
      const id = from + i + 1;
      return { id, status: isOpen(id) ? 'open' : 'draft', total: id / 4, reading: fickle ? reading : 1 };
    });
    const shuffled = data.map((order) => ({ order, at: random() })).sort((a, b) => a.at - b.at);
    answer(response, 200, { data: fickle ? shuffled.map(({ order }) => order) : data });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`,
    answers,
    repeated: () => [...readings.values()].filter((times) => times > 1).length,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
