import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { inputObject, integer, orDefault } from '../../../../../functions/api/http/input-schemas.ts';
import { type ApiRoute, route } from '../../../../../functions/api/http/route.ts';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import type { Caller } from '../../../../../functions/core/domain/access.ts';
import { JobdeckError } from '../../../../../functions/core/domain/errors.ts';
import { acme } from '../../../../helpers/builders/executions.ts';
import { aRoute } from '../../../../helpers/builders/routes.ts';
import { type EventParts, invokeHandler } from '../../../../helpers/clients/handler.ts';
import { recordingLog } from '../../../../helpers/fakes/recording-log.ts';

const caller: Caller = { tenant: acme, roles: ['OWNER'], name: 'ana@acme.test' };
const json = { 'content-type': 'application/json' };

const entry = { method: 'POST', path: '/thing/{id}', operation: 'do', action: 'define' } as const;
const echo = route({
  ...entry,
  query: () => inputObject({ limit: z.string().optional() }, 'query parameter'),
  body: () =>
    inputObject({ size_mb: orDefault(integer(1, 9), 5), more: orDefault(inputObject({ name: z.string() }), null) }),
  openapi: () => ({ summary: 'Echo' }),
  responses: () => ({ 201: { description: 'The input.', body: z.unknown() } }),
  handle: async ({ query, body, params }) => ({ status: 201, body: { query, body, params } }),
});

function surface(thing: ApiRoute<unknown> = echo) {
  const log = recordingLog();
  const verify = async () => caller;
  const dependencies = () => ({});
  const handler = createSurfaceHandler({ routes: [thing], dependencies, errors: runnerErrors, verify, log });
  const post = (parts: EventParts, remainingMs?: number) => {
    const headers = { authorization: 'Bearer a.b.c', ...json, ...parts.headers };
    return invokeHandler(
      handler,
      { routeKey: 'POST /thing/{id}', params: { id: 'x1' }, ...parts, headers },
      remainingMs,
    );
  };
  return { post, log };
}

describe('createSurfaceHandler', () => {
  test('returns JSON with no-store and the request id, and logs the request', async () => {
    const { post, log } = surface();

    const { status, headers, body } = await post({ body: '{"size_mb":3}', query: { limit: '2' } });

    expect(status).toBe(201);
    expect(body).toEqual({ query: { limit: '2' }, body: { size_mb: 3, more: null }, params: { id: 'x1' } });
    expect(headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'request-1',
    });
    expect(log.lines).toEqual([
      {
        level: 'info',
        message: 'request.handled',
        fields: {
          requestId: 'request-1',
          route: 'POST /thing/{id}',
          tenant: 'acme',
          status: 201,
          ms: expect.any(Number),
        },
      },
    ]);
  });

  test('treats a missing body as an empty object', async () => {
    const { post } = surface();

    expect((await post({})).body).toMatchObject({ body: { size_mb: 5 } });
    expect((await post({ body: '{}' })).body).toMatchObject({ body: { size_mb: 5 } });
  });

  test('decodes a body in base64, which API Gateway sends for content types that it does not know', async () => {
    const { post } = surface();
    const body = Buffer.from('{"more":{"name":"ü"}}').toString('base64');

    const answer = await post({
      body,
      isBase64Encoded: true,
      headers: { 'content-type': 'application/merge-patch+json' },
    });

    expect(answer.body).toMatchObject({ body: { more: { name: 'ü' } } });
  });
});

describe('createSurfaceHandler with invalid input', () => {
  const base64 = (...bytes: number[]) => ({ body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true });

  test.each<[string, EventParts, string]>([
    [
      'an unknown query parameter',
      { query: { Limit: '1' } },
      "query: unknown query parameter 'Limit'; did you mean 'limit'?",
    ],
    ['an unknown field', { body: '{"foo":1}' }, "body: unknown field 'foo'; known are size_mb, more"],
    ['a misspelled field', { body: '{"sizeMb":1}' }, "body: unknown field 'sizeMb'; did you mean 'size_mb'?"],
    ['an unknown nested field', { body: '{"more":{"name":"a","x":1}}' }, "more: unknown field 'x'; known are name"],
    [
      'several problems at once',
      { body: '{"size_mb":10,"foo":1}' },
      "size_mb: must be 1–9, got 10; body: unknown field 'foo'; known are size_mb, more",
    ],
    ['a number as text', { body: '{"size_mb":"5"}' }, 'size_mb: must be 1–9, got "5"'],
    ['a fraction', { body: '{"size_mb":1.5}' }, 'size_mb: must be 1–9, got 1.5'],
    ['a list', { body: '[1]' }, 'body: must be a JSON object'],
    ['null', { body: 'null' }, 'body: must be a JSON object'],
    ['a field __proto__', { body: '{"more":{"__proto__":{}}}' }, "body: must not have a field '__proto__'"],
    [
      'a lone surrogate in a value',
      { body: '{"more":{"a":"\\ud83c"}}' },
      'body: must be text, got half of a surrogate pair',
    ],
    ['a lone surrogate in a name', { body: '{"\\udf89":1}' }, 'body: must be text, got half of a surrogate pair'],
    ['bytes that are not UTF-8', base64(0x7b, 0xff, 0x7d), 'body: must be UTF-8'],
    [
      'an unsupported content type',
      { body: 'a=1', headers: { 'content-type': 'text/plain' } },
      'content-type: must be application/json, got text/plain',
    ],
    [
      'a content encoding',
      { body: '{}', headers: { 'content-encoding': 'gzip' } },
      'content-encoding: must be absent: bodies are not decompressed, got gzip',
    ],
  ])('rejects %s', async (_, parts, message) => {
    const { post } = surface();

    const { status, body } = await post(parts);

    expect(body).toEqual({ error: message });
    expect(status).toBe(400);
  });

  test.each(['{"a":', '{"a":01}', 'hello', '['.repeat(200_000)])('rejects malformed JSON: %.10s', async (body) => {
    const answer = await surface().post({ body });

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: expect.stringMatching(/^body: must be JSON \(/) });
  });

  test('answers 413 to a body above 256 KB in bytes', async () => {
    const { post } = surface();
    const padded = (bytes: number) => ({ body: '{}'.padEnd(bytes) });
    const wide = { body: `{"more":{"name":"${'ü'.repeat(130 * 1_024)}"}}` };

    expect((await post(padded(256 * 1_024))).status).toBe(201);
    expect(await post(padded(256 * 1_024 + 1))).toMatchObject({
      status: 413,
      body: { error: 'body: must have at most 256 KB, got 262145 bytes' },
    });
    expect((await post(wide)).status).toBe(413);
  });

  test('refuses a number beyond the range of a double', async () => {
    const { post } = surface();

    expect(await post({ body: '{"more":{"n":1e400}}' })).toMatchObject({
      status: 400,
      body: { error: "body: must not have a number beyond the range of a double, in 'n'" },
    });
  });

  test('answers 404 to a path without a route', async () => {
    const { post } = surface();

    expect(await post({ routeKey: 'ANY /nowhere', method: 'POST' })).toMatchObject({
      status: 404,
      body: { error: 'There is no POST /nowhere' },
    });
  });
});

describe('createSurfaceHandler with a failing handler', () => {
  test('logs an unexpected error and hides its message from the client', async () => {
    const { post, log } = surface(
      aRoute({ ...entry, handle: () => Promise.reject(new Error('table runs-7 is on fire')) }),
    );

    const { status, body } = await post({});

    expect(status).toBe(500);
    expect(body).toEqual({ error: 'Internal error; it is logged as request request-1' });
    expect(log.lines).toContainEqual({
      level: 'error',
      message: 'request.failed',
      fields: expect.objectContaining({ requestId: 'request-1', message: 'table runs-7 is on fire' }),
    });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ message: 'request.handled', fields: expect.objectContaining({ status: 500 }) }),
    );
  });

  test('returns the message of an expected error', async () => {
    const conflict = new JobdeckError('conflict', 'job.exists', "Job 'x' exists already");
    const { post, log } = surface(aRoute({ ...entry, handle: () => Promise.reject(conflict) }));

    expect(await post({})).toMatchObject({ status: 409, body: { error: "Job 'x' exists already" } });
    expect(log.lines.some(({ level }) => level === 'error')).toBe(false);
  });

  test('answers 503 before the function times out', async () => {
    const { post } = surface(aRoute({ ...entry, handle: () => new Promise(() => {}) }));

    expect(await post({}, 510)).toMatchObject({
      status: 503,
      body: { error: 'The request took too long; try it again' },
    });
  });
});
