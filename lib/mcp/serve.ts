import { once } from 'node:events';
import { StdioServerTransport } from './sdk.ts';
import { createServer, type ServerOptions } from './server.ts';

/** Serves the Model Context Protocol on the standard input and output until the input ends. */
export async function serveStdio(options: ServerOptions): Promise<void> {
  const stopping = new AbortController();
  const server = createServer({
    ...options,
    connect: (signal) => options.connect(AbortSignal.any([signal, stopping.signal])),
  });
  server.server.onerror = (error) => options.log(`protocol: ${error.message}`);
  const ended = once(process.stdin, 'close');
  await server.connect(new StdioServerTransport());
  await ended;
  // Ends requests under way, which would keep the process alive.
  stopping.abort();
  await server.close();
}
