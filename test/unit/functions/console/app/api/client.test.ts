import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient, toQueryString } from '../../../../../../functions/console/app/api/client.ts';
import { startHttpServer } from '../../../../../helpers/fakes/http-server.ts';

it('omits parameters without a value', () => {
  expect(toQueryString({ a: 1, b: null, c: '', d: 'x y', e: undefined })).toBe('?a=1&d=x+y');
  expect(toQueryString({ a: null })).toBe('');
});

describe('createClient', () => {
  /** Starts a server that accepts only the second token. */
  async function setUp() {
    const seen: (string | undefined)[] = [];
    const server = await startHttpServer((request, response) => {
      seen.push(request.headers.authorization);
      const good = request.headers.authorization === 'Bearer second';
      response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(good ? { jobs: [] } : { error: 'expired' }));
    });
    onTestFinished(() => server.close());
    let token = 'first';
    const client = (renewed: string) =>
      createClient(server.url, {
        token: async () => token,
        onRejected: async () => {
          token = renewed;
        },
      });
    return { seen, client };
  }

  it('renews a rejected token and repeats the request', async () => {
    const { seen, client } = await setUp();
    expect(await client('second').call('GET', '/jobs')).toEqual({ jobs: [] });
    expect(seen).toEqual(['Bearer first', 'Bearer second']);
  });

  it('rejects if the renewed token is rejected too', async () => {
    const { seen, client } = await setUp();
    await expect(client('third').call('GET', '/jobs')).rejects.toMatchObject({ status: 401, message: 'expired' });
    expect(seen).toHaveLength(2);
  });
});
