import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

describe('usage', () => {
  it('accepts ages for its days', async () => {
    const server = await startHttpServer((_, response) => void response.end(JSON.stringify({ usage: [] })));
    const expected = () =>
      `/usage?from=${dayOf(Date.now() - 604_800_000)}&to=${dayOf(Date.now() - 86_400_000)}&group=day`;
    const before = expected();

    await main(
      ['usage', '--from', '7d', '--to', '1d', '--url', server.url, '--token', 'x'],
      {},
      { out() {}, err() {} },
    );
    await server.close();

    expect([before, expected()]).toContain(server.received[0]?.path);
  });
});

describe('tenants usage', () => {
  it.each([
    [['--from', '2026-03-03', '--to', '2026-03-02'], "--from must not be after --to, 2026-03-02, got '2026-03-03'"],
    [['--from', '2999-01-01'], '--from must not be after today, '],
    [['--from', 'monday'], "--from must be a day such as 2026-03-02, got 'monday'"],
  ])('refuses %j', async (range, message) => {
    const errors: string[] = [];

    const code = await main(['tenants', 'usage', ...range], {}, { out() {}, err: (text) => errors.push(text) });

    expect(code).toBe(2);
    expect(errors.join('')).toContain(message);
  });
});
