import { startHttpServer } from './http-server.ts';

/** The response of an operation: its body, or an error with its code. */
export type AwsJsonAnswer =
  | { readonly body: object }
  | { readonly error: string; readonly status?: number; readonly body?: object };

/** A request as the service received it. */
export interface AwsJsonCall {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Starts a server on 127.0.0.1 that speaks the AWS JSON protocol of ECS (1.1) and Step Functions (1.0).
 *
 * @param answers responses by operation, in order; the last one is repeated
 */
export async function startAwsJsonServer(answers: Readonly<Record<string, readonly AwsJsonAnswer[]>>) {
  const calls: AwsJsonCall[] = [];
  const server = await startHttpServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const body = server.received.at(-1)?.body ?? '{}';
    const given = answers[operation] ?? [];
    const made = calls.filter((call) => call.operation === operation).length;
    const answer = given[Math.min(made, given.length - 1)] ?? { error: 'UnknownOperationException' };
    calls.push({ operation, input: JSON.parse(body) });
    const type = { 'content-type': String(request.headers['content-type']), 'x-amzn-requestid': 'request-1' };
    if ('error' in answer) {
      response.writeHead(answer.status ?? 400, { ...type, 'x-amzn-errortype': answer.error });
      response.end(JSON.stringify({ __type: answer.error, message: `the message of ${answer.error}`, ...answer.body }));
      return;
    }
    response.writeHead(200, type).end(JSON.stringify(answer.body));
  });
  const options = {
    endpoint: server.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return { calls, options, url: server.url, close: () => server.close() };
}
