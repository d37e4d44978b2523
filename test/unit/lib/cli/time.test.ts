import { describe, expect, it } from 'vitest';
import { main } from '../../../../lib/cli/main.ts';
import { toTime } from '../../../../lib/cli/time.ts';
import { startHttpServer } from '../../../helpers/fakes/http-server.ts';

const NOW = Date.parse('2026-03-02T01:03:12.345Z');

describe('toTime', () => {
  it.each([
    ['90s', '2026-03-02T01:01:42.345Z'],
    ['30m', '2026-03-02T00:33:12.345Z'],
    ['1h', '2026-03-02T00:03:12.345Z'],
    ['1h30m', '2026-03-01T23:33:12.345Z'],
    ['7d', '2026-02-23T01:03:12.345Z'],
    ['2w', '2026-02-16T01:03:12.345Z'],
    ['0s', '2026-03-02T01:03:12.345Z'],
  ])('converts the age %s to %s', (age, time) => {
    expect(toTime(age, 'since', NOW)).toBe(time);
  });

  it.each([
    '2026-03-01T00:00:00+01:00',
    'yesterday',
    '',
    '1',
    '1y',
    '-1h',
    '1.5h',
    'h',
    'job.a1b2c3d4e5.01J',
    undefined,
  ])('returns %j, which is not an age, unchanged', (text) => {
    expect(toTime(text, 'since', NOW)).toBe(text);
  });

  it('rejects an age before 1970', () => {
    expect(() => toTime('999999999w', 'since', NOW)).toThrow("--since must be after 1970, got '999999999w' ago");
  });
});

describe('time options', () => {
  it.each<[readonly string[], string]>([
    [['runs', '--since', '1h'], 'since'],
    [['runs', '--until', '1h'], 'until'],
    [['runs', 'a', '--before', '1h'], 'before'],
    [['failures', '--before', '1h'], 'before'],
    [['ack', '--before', '1h'], 'before'],
    [['redrive', '--since', '1h'], 'since'],
    [['redrive', '--until', '1h'], 'until'],
    [['dead-letters', 'replay', '--since', '1h'], 'since'],
    [['dead-letters', 'replay', '--until', '1h'], 'until'],
    [['backfills', 'create', 'a', '--from', '1h', '--to', '0s'], 'from'],
    [['backfills', 'create', 'a', '--from', '2h', '--to', '1h'], 'to'],
  ])('accept ages in %j', async (args, option) => {
    const empty = { runs: [], failures: [], started: [], replayed: [], skipped: [], acknowledged: 0, left: 0 };
    const server = await startHttpServer((_, response) => void response.end(JSON.stringify(empty)));
    const least = Date.now() - 3_600_000;

    await main([...args, '--url', server.url, '--token', 'x'], {}, { out: () => {}, err: () => {} });

    const most = Date.now() - 3_600_000;
    await server.close();
    const sent = server.received.map(
      ({ path, body }) => new URL(path, server.url).searchParams.get(option) ?? JSON.parse(body)[option],
    );
    expect(Date.parse(sent[0])).toBeGreaterThanOrEqual(least);
    expect(Date.parse(sent[0])).toBeLessThanOrEqual(most);
  });
});
