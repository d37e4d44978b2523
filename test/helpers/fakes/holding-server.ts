import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';
import { TIMEOUT_MS } from '../wait.ts';

/** A request whose response is held back. */
export interface HeldRequest {
  readonly path: string;
  /** The run that sent the request: of an `http` job, or of the script `call`. */
  readonly runId: string;
  /** Data that the script `call` sends. */
  readonly body: { readonly pid?: number; readonly attempt?: number };
  /** `false` after the response, or after the client closed the connection. */
  readonly open: boolean;
  answer(status?: number, text?: string): void;
}

/**
 * A server on 127.0.0.1 that holds every request until the test responds, so that the test determines the duration of a
 * run.
 */
export interface HoldingServer {
  readonly url: string;
  /** Requests in order of arrival. */
  readonly calls: readonly HeldRequest[];
  /** Runs that had several open requests at the same time. */
  readonly overlapping: ReadonlySet<string>;
  /**
   * Waits for the `n`-th request to a path.
   *
   * @param n defaults to 1
   * @param timeoutMs defaults to 90,000
   */
  call(path: string, n?: number, timeoutMs?: number): Promise<HeldRequest>;
  /** Responds to all held and all later requests. */
  answerAll(): void;
  stop(): Promise<void>;
}

export async function startHoldingServer(): Promise<HoldingServer> {
  const calls: HeldRequest[] = [];
  const overlapping = new Set<string>();
  let holds = true;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const body = (text ? JSON.parse(text) : {}) as HeldRequest['body'] & { readonly runId?: string };
    const runId = String(request.headers['idempotency-key'] ?? body.runId);
    let open = true;
    response.once('close', () => {
      open = false;
    });
    if (calls.some((other) => other.open && other.runId === runId)) overlapping.add(runId);
    const call: HeldRequest = {
      path: request.url ?? '',
      runId,
      body,
      get open() {
        return open;
      },
      answer(status = 200, answer = 'answered') {
        open = false;
        response.writeHead(status).end(answer);
      },
    };
    calls.push(call);
    if (!holds) call.answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    overlapping,
    call: (path, n = 1, timeoutMs = TIMEOUT_MS) =>
      vi.waitFor(
        () => {
          const found = calls.filter((call) => call.path === path)[n - 1];
          if (!found) throw new Error(`${path} was not requested ${n} times`);
          return found;
        },
        { timeout: timeoutMs, interval: 20 },
      ),
    answerAll() {
      holds = false;
      for (const call of calls) if (call.open) call.answer();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
