import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';

const job = {
  id: 'plain',
  type: 'script',
  schedule: '0 3 * * *',
  schedules: null,
  after: null,
  enabled: 1,
  paused: false,
  next_run: null,
  last_status: null,
  last_run: null,
  name: 'Name',
};

describe('jobs list', () => {
  it('shows all schedules, upstream jobs and pauses', async () => {
    const schedules = ['0 3 * * *', '0 15 * * *'].map((schedule) => ({ schedule, timezone: 'UTC', payload: null }));
    const upstream = [
      { job: 'load', on: 'success' },
      { job: 'check', on: 'end' },
    ];
    const jobs = [
      job,
      { ...job, id: 'several', schedules, paused: true },
      { ...job, id: 'both', schedule: null, after: { jobs: upstream, mode: 'all', within_s: null }, enabled: 0 },
      { ...job, id: 'either', after: { jobs: upstream, mode: 'any', within_s: null } },
      { ...job, id: 'on-demand', schedule: null },
    ];
    const server = await startHttpServer((_, response) => void response.end(JSON.stringify({ jobs })));
    const lines: string[] = [];
    const output = { out: (text: string) => lines.push(text), err: () => {} };

    await main(['jobs', '--url', server.url, '--token', 'x'], {}, output);
    await server.close();

    expect(
      lines
        .join('')
        .split('\n')
        .map((line) => line.split(/ {2,}/).slice(0, 4)),
    ).toEqual([
      ['JOB', 'TYPE', 'SCHEDULE', 'STATE'],
      ['plain', 'script', '0 3 * * *', 'enabled'],
      ['several', 'script', '0 3 * * *; 0 15 * * *', 'paused'],
      ['both', 'script', 'after load, check', 'disabled'],
      ['either', 'script', '0 3 * * *; after load or check', 'enabled'],
      ['on-demand', 'script', '-', 'enabled'],
      [''],
    ]);
  });
});
