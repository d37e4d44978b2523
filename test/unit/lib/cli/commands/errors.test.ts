import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

interface Answer {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Runs a command against an API that gives these answers one after the other. */
async function run(answers: readonly Answer[], ...args: readonly string[]) {
  const remaining = [...answers];
  const server = await startHttpServer((_, response) => {
    const { body, headers = {} } = remaining.shift() ?? { body: { error: { message: 'too many requests' } } };
    response.writeHead(200, headers).end(JSON.stringify(body));
  });
  const texts = { out: '', err: '' };
  const output = { out: (text: string) => (texts.out += text), err: (text: string) => (texts.err += text) };
  const code = await main(['errors', ...args, '--url', server.url, '--token', 'x'], {}, output);
  await server.close();
  const requests = server.received.map(({ method, path, body }) => [method, path, ...(body === '' ? [] : [body])]);
  return { code, ...texts, requests, received: server.received };
}

const error = (id: string, fields: object = {}) => ({
  _id: id,
  status: 'open',
  operator: 'erp',
  message: 'HTTP 422',
  occurredAt: '2026-03-02T12:00:00.000Z',
  attempts: 1,
  assignedTo: null,
  revision: 0,
  ...fields,
});
const nextLink = (cursor: string) => ({ link: `</v1/flows/orders/errors?limit=9&cursor=${cursor}>; rel="next"` });

describe('errors list', () => {
  it('lists the open errors of a flow', async () => {
    const { out, err, requests } = await run([{ body: [error('e.1'), error('e.2', { assignedTo: 'ada' })] }], 'orders');

    expect(out).toBe(
      [
        'ERROR  STATUS  AT                    ATTEMPTS  ASSIGNED TO  MESSAGE',
        'e.1    open    2026-03-02T12:00:00Z  1         -            HTTP 422',
        'e.2    open    2026-03-02T12:00:00Z  1         ada          HTTP 422',
        '',
      ].join('\n'),
    );
    expect(err).toBe('');
    expect(requests).toEqual([['GET', '/v1/flows/orders/errors?status=open&limit=20']]);
  });

  it('reads further pages up to the limit, and says that there are more', async () => {
    const answers = [
      { body: [error('e.1')], headers: nextLink('a%2Fb') },
      { body: [], headers: nextLink('c') },
      { body: [error('e.2'), error('e.3')], headers: nextLink('d') },
    ];

    const { out, err, requests } = await run(answers, 'orders', '--status', 'all', '--limit', '3', '--operator', 'erp');

    expect(out.match(/e\.\d/g)).toEqual(['e.1', 'e.2', 'e.3']);
    expect(err).toContain('--limit shows more than 3');
    expect(requests.map(([, path]) => path)).toEqual([
      '/v1/flows/orders/errors?operator=erp&limit=3',
      '/v1/flows/orders/errors?operator=erp&cursor=a%2Fb&limit=2',
      '/v1/flows/orders/errors?operator=erp&cursor=c&limit=2',
    ]);
  });

  it('says that no error matches, and prints JSON', async () => {
    expect((await run([{ body: [] }], 'orders', '--search', 'x y')).out).toBe('No error matches\n');
    expect(JSON.parse((await run([{ body: [error('e.1')] }], 'orders', '--json')).out)).toMatchObject([{ _id: 'e.1' }]);
  });
});

describe('errors edit', () => {
  it('sets the record of a file with all digits, and removes an assignment', async () => {
    const file = join(temporaryFolder(), 'record.json');
    writeFileSync(file, '{"id":9007199254740993}');

    const args = ['edit', 'orders', 'e.1', '-f', file, '--assign', '', '--if-revision', '2'];
    const { out, requests, received } = await run([{ body: error('e.1', { revision: 3 }) }], ...args);

    expect(out).toBe('e.1 is at revision 3\n');
    expect(requests).toEqual([
      ['PUT', '/v1/flows/orders/errors/e.1', '{"record":{"id":9007199254740993},"assignedTo":null}'],
    ]);
    expect(received[0]?.headers['if-match']).toBe('"2"');
  });

  it('refuses to change nothing', async () => {
    const { code, err, requests } = await run([], 'edit', 'orders', 'e.1');

    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    expect(err).toContain('specify --file, --assign or --note');
  });
});

describe('errors retry and resolve', () => {
  it('retry the given errors, or those that match', async () => {
    const retried = { body: { matched: 2, more: false, _jobId: 'orders.x.1' } };

    expect((await run([retried], 'retry', 'orders', 'e.1', 'e.2')).requests).toEqual([
      ['POST', '/v1/flows/orders/errors/retry', '{"ids":["e.1","e.2"]}'],
    ]);
    const { out, requests } = await run([retried], 'retry', 'orders', '--operator', 'erp');
    expect(requests[0]?.[2]).toBe('{"filter":{"operator":"erp"}}');
    expect(out).toBe('2 errors are retried by orders.x.1\n');
  });

  it('say that no error can be retried', async () => {
    const { out, requests } = await run(
      [{ body: { matched: 0, more: false, _jobId: null } }],
      'retry',
      'orders',
      '--all',
    );

    expect([out, requests[0]?.[2]]).toEqual(['No error matches that can be retried\n', '{}']);
  });

  it('resolve errors request by request until none is left', async () => {
    const answers = [{ body: { matched: 1_000, cursor: 'a' } }, { body: { matched: 5, cursor: null } }];

    const { out, requests } = await run(answers, 'resolve', 'orders', '--search', '422');

    expect(requests.map(([, , body]) => body)).toEqual([
      '{"filter":{"text":"422"}}',
      '{"filter":{"text":"422"},"cursor":"a"}',
    ]);
    expect(out).toBe('1005 errors are resolved\n');
  });

  it.each([[['retry', 'orders']], [['resolve', 'orders', 'e.1', '--all']], [['retry', 'orders', 'e.1', '--job', 'j']]])(
    'refuse the selection of %j',
    async (args) => {
      const { code, err, requests } = await run([], ...args);

      expect({ code, requests }).toEqual({ code: 2, requests: [] });
      expect(err).toContain('specify errors, or filters such as --operator, or --all');
    },
  );
});
