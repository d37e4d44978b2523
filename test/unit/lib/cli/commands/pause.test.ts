import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';

async function run(response: object, ...args: readonly string[]) {
  const server = await startHttpServer((_, answer) => void answer.writeHead(200).end(JSON.stringify(response)));
  const texts = { out: '', err: '' };
  const output = { out: (text: string) => (texts.out += text), err: (text: string) => (texts.err += text) };
  const code = await main([...args, '--url', server.url, '--token', 'x'], {}, output);
  await server.close();
  return { code, ...texts, requests: server.received.map(({ method, path, body }) => ({ method, path, body })) };
}

describe('pause', () => {
  it('pauses a job until it is resumed', async () => {
    const { out, requests } = await run({ ok: true, paused: true, paused_until: null }, 'pause', 'sync');

    expect(out).toBe('Paused until it is resumed\n');
    expect(requests).toEqual([{ method: 'POST', path: '/jobs/sync/pause', body: '{}' }]);
  });

  it('pauses a job until a time', async () => {
    const until = '2026-12-27T00:00:00.000Z';

    const { out, requests } = await run(
      { ok: true, paused: true, paused_until: until },
      'pause',
      'sync',
      '--until',
      until,
    );

    expect(out).toBe('Paused until 2026-12-27T00:00:00Z\n');
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ until });
  });

  it('pauses a job for a duration', async () => {
    const before = Date.now();

    const { requests } = await run({ ok: true, paused: true, paused_until: null }, 'pause', 'sync', '--for', '7d');

    const { until } = JSON.parse(requests[0]?.body ?? '') as { readonly until: string };
    expect(Date.parse(until)).toBeGreaterThanOrEqual(before + 7 * 86_400_000);
    expect(Date.parse(until)).toBeLessThanOrEqual(Date.now() + 7 * 86_400_000);
  });

  it.each([
    [['--for', 'long'], "--for must be a duration such as 90m, 12h, 7d or 2w, got 'long'"],
    [['--for', '999999999w'], "--for must be a duration such as 90m, 12h, 7d or 2w, got '999999999w'"],
    [['--for', '1h', '--until', '2026-12-27T00:00:00Z'], '--until'],
  ])('refuses %j', async (options, message) => {
    const { code, err, requests } = await run({}, 'pause', 'sync', ...options);

    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    expect(err).toContain(message);
  });
});

describe('resume', () => {
  it('ends the pause of a job', async () => {
    const { out, requests } = await run({ ok: true, paused: false, paused_until: null }, 'resume', 'sync');

    expect(out).toBe('Not paused\n');
    expect(requests).toMatchObject([{ method: 'POST', path: '/jobs/sync/resume' }]);
  });
});
