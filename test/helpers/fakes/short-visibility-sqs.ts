import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ShortVisibilitySqs {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a proxy for SQS on 127.0.0.1 that shortens the visibility timeout of received messages to seconds. Messages of
 * a killed worker are redelivered soon, and those of a slow worker are delivered twice.
 *
 * Applies to queues that are looked up by name, as flow sources do.
 */
export async function startShortVisibilitySqs(sqs: string, visibilitySeconds = 2): Promise<ShortVisibilitySqs> {
  const stopping = new AbortController();
  const server = createServer(async (request, response) => {
    try {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
      const body = JSON.parse(text.replaceAll(url, sqs)) as { VisibilityTimeout?: number };
      const target = String(request.headers['x-amz-target']);
      if (target.endsWith('.ReceiveMessage')) body.VisibilityTimeout = visibilitySeconds;
      const answer = await fetch(sqs, {
        method: 'POST',
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
        body: JSON.stringify(body),
        signal: stopping.signal,
      });
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end((await answer.text()).replaceAll(sqs, url));
    } catch {
      // The client or SQS closed the connection.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async stop() {
      stopping.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
