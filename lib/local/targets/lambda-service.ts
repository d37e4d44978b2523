import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FunctionError, InvocationRefused } from '../lambda/errors.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { LogEntry } from '../lambda/log.ts';
import { type HttpService, readBody, serveHttp } from '../support/http.ts';

/** Bytes of the log that Lambda returns. */
const LOG_TAIL_BYTES = 4_096;

const INVOCATIONS = /^\/2015-03-31\/functions\/(.+)\/invocations$/;

/** Functions that the service invokes, and their log. */
export interface InvocableFunctions {
  /** The function with an ARN, or `undefined`. */
  find(arn: string): Pick<LambdaFunction, 'invoke' | 'invokeAsync'> | undefined;
  /** Calls `onEntry` with each line that an invocation logs, until `stop` is called. */
  observe(requestId: string, onEntry: (entry: LogEntry) => void): { stop(): void };
}

/** Starts a Lambda endpoint with the operation `Invoke`. */
export function startLambdaService(functions: InvocableFunctions): Promise<HttpService> {
  return serveHttp(async (request, response) => {
    const [, name = ''] = INVOCATIONS.exec(decodeURIComponent(request.url ?? '')) ?? [];
    const fn = functions.find(name);
    if (!fn) {
      const text = `Function not found: ${name}; local.module of its target declares it on this machine`;
      respondError(response, 404, 'ResourceNotFoundException', text);
      return;
    }
    try {
      await invoke(fn, functions, request, response);
    } catch (error) {
      if (!(error instanceof InvocationRefused)) throw error;
      const status = error.name === 'TooManyRequestsException' ? 429 : error.name === 'ServiceException' ? 500 : 400;
      respondError(response, status, error.name, error.message);
    }
  });
}

async function invoke(
  fn: Pick<LambdaFunction, 'invoke' | 'invokeAsync'>,
  functions: InvocableFunctions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const header = (name: string) => request.headers[`x-amz-${name}`] as string | undefined;
  const event = JSON.parse((await readBody(request)).toString() || '{}') as unknown;
  if (header('invocation-type') === 'Event') {
    const { requestId } = fn.invokeAsync(event);
    response.writeHead(202, { 'x-amzn-requestid': requestId }).end();
    return;
  }
  const requestId = randomUUID();
  const lines: string[] = [];
  const observation = functions.observe(requestId, ({ text }) => lines.push(text));
  const context = header('client-context');
  const respond = (result: unknown, failed: boolean) => {
    const tail = Buffer.from(lines.map((line) => `${line}\n`).join('')).subarray(-LOG_TAIL_BYTES);
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      ...(failed && { 'x-amz-function-error': 'Unhandled' }),
      ...(header('log-type') === 'Tail' && { 'x-amz-log-result': tail.toString('base64') }),
    });
    response.end(JSON.stringify(result));
  };
  try {
    const clientContext = context === undefined ? undefined : Buffer.from(context, 'base64').toString();
    const result = await fn.invoke(event, { requestId, ...(clientContext !== undefined && { clientContext }) });
    respond(result, false);
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    respond(error.payload, true);
  } finally {
    observation.stop();
  }
}

function respondError(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': code });
  response.end(JSON.stringify({ Type: 'User', Message: message }));
}
