import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { behindEdge } from '../../../../../functions/api/http/edge.ts';

const SECRET = 'k3f9'.repeat(16);

const event = (headers: Record<string, string>): APIGatewayProxyEventV2 =>
  ({
    headers,
    requestContext: { requestId: 'r1', http: { method: 'GET', path: '/jobs', sourceIp: '198.51.100.1' } },
  }) as unknown as APIGatewayProxyEventV2;

/** A handler that answers with the address of the client. */
const handle = async ({ requestContext }: APIGatewayProxyEventV2) => ({
  statusCode: 200,
  body: requestContext.http.sourceIp,
});

describe('behindEdge', () => {
  it.each([
    ['no secret', {}],
    ['another secret', { 'x-jobdeck-edge': 'x'.repeat(64) }],
    ['a part of the secret', { 'x-jobdeck-edge': SECRET.slice(1) }],
  ])('refuses a request with %s before the handler', async (_, headers) => {
    const guarded = behindEdge(SECRET, handle);

    const response = await guarded(event({ ...headers, 'x-jobdeck-viewer-address': '203.0.113.7' }));

    expect(response).toMatchObject({ statusCode: 403, body: '{"message":"Forbidden"}' });
  });

  it('passes a request of the distribution to the handler, with the address of the client', async () => {
    const headers = { 'x-jobdeck-edge': SECRET, 'x-jobdeck-viewer-address': '203.0.113.7' };

    expect(await behindEdge(SECRET, handle)(event(headers))).toEqual({ statusCode: 200, body: '203.0.113.7' });
  });

  it('trusts no header of a stage without a distribution', async () => {
    const guarded = behindEdge(undefined, handle);

    expect(await guarded(event({ 'x-jobdeck-viewer-address': '203.0.113.7' }))).toEqual({
      statusCode: 200,
      body: '198.51.100.1',
    });
  });
});
