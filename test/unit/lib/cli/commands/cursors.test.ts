import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';

async function run(cursors: object, ...args: readonly string[]) {
  const server = await startHttpServer((_, answer) => void answer.writeHead(200).end(JSON.stringify({ cursors })));
  const texts = { out: '', err: '' };
  const output = { out: (text: string) => (texts.out += text), err: (text: string) => (texts.err += text) };
  const code = await main(['cursors', ...args, '--url', server.url, '--token', 'x'], {}, output);
  await server.close();
  return { code, ...texts, requests: server.received.map(({ method, path, body }) => ({ method, path, body })) };
}

const AT = '2026-02-01T00:00:00Z';

describe('cursors', () => {
  it('lists the cursors of a flow', async () => {
    const { out, requests } = await run({ source_1: AT, source_2: '17' }, 'orders');

    expect(out).toBe(`SOURCE    CURSOR\nsource_1  ${AT}\nsource_2  17\n`);
    expect(requests).toEqual([{ method: 'GET', path: '/v1/flows/orders/cursor', body: '' }]);
  });

  it('says that a flow has none', async () => {
    expect((await run({}, 'orders')).out).toBe('No source has a cursor\n');
  });

  it.each([
    [['set', 'orders', 'source_1', AT], AT],
    [['reset', 'orders', 'source_1'], null],
  ])('changes a cursor by %j', async (args, cursor) => {
    const { out, requests } = await run({ source_1: AT }, ...args);

    const body = JSON.stringify({ cursors: { source_1: cursor } });
    expect(requests).toEqual([{ method: 'PUT', path: '/v1/flows/orders/cursor', body }]);
    expect(out).toContain(`source_1  ${AT}`);
  });

  it('prints JSON', async () => {
    expect(JSON.parse((await run({ source_1: AT }, 'orders', '--json')).out)).toEqual({ cursors: { source_1: AT } });
  });
});
