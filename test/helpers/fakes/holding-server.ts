import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';

/** A request that waits for its answer. */
export interface HeldRequest {
  readonly path: string;
  /** The run that it comes from: a job of type `http`, or the script `call`. */
  readonly runId: string;
  /** What the script `call` says of itself. */
  readonly body: { readonly pid?: number; readonly attempt?: number };
  /** False once it was answered or its caller has gone. */
  readonly open: boolean;
  answer(status?: number, text?: string): void;
}

/** A server on 127.0.0.1 that holds every request until the test answers it, so a run lasts as long as the test wants. */
export interface HoldingServer {
  readonly url: string;
  /** In the order they came. */
  readonly calls: readonly HeldRequest[];
  /** Runs that had more than one call open at the same time. */
  readonly overlapping: ReadonlySet<string>;
  /** Waits for the `n`-th call (default: the first) to a path, up to `timeoutMs` (default: 30 s). */
  call(path: string, n?: number, timeoutMs?: number): Promise<HeldRequest>;
  /** Answers all that is held, and from now on whatever comes. */
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
    call: (path, n = 1, timeoutMs = 30_000) =>
      vi.waitFor(
        () => {
          const found = calls.filter((call) => call.path === path)[n - 1];
          if (!found) throw new Error(`${path} was not called ${n} times`);
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
