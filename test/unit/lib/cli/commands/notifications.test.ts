import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const settings = {
  on_failure: 'slack:#ops',
  on_success: null,
  on_late: null,
  rules: [
    {
      name: 'on-call',
      match: { tag: 'critical', job: null },
      on: ['failure', 'recovered'],
      consecutive_failures: 3,
      to: 'pagerduty',
    },
  ],
};

async function run(...args: readonly string[]) {
  const server = await startHttpServer((_, response) => void response.writeHead(200).end(JSON.stringify(settings)));
  const lines: string[] = [];
  const url = ['--url', server.url, '--token', 'x'];
  const output = { out: (text: string) => void lines.push(text), err: () => {} };
  const code = await main(['notifications', ...args, ...url], {}, output);
  await server.close();
  const requests = server.received.map(({ method, path, body }) => ({ method, path, body }));
  return { code, out: lines.join(''), requests };
}

describe('notifications', () => {
  it('shows the default destinations and the rules', async () => {
    const { code, out, requests } = await run();

    expect({ code, requests }).toEqual({ code: 0, requests: [{ method: 'GET', path: '/v1/notifications', body: '' }] });
    expect(out).toMatch(/failure\s+slack:#ops/);
    expect(out).toMatch(/on-call\s+tag critical\s+failure, recovered\s+3\s+pagerduty/);
  });

  it('replaces them by those of a file', async () => {
    const file = join(temporaryFolder(), 'notifications.json');
    writeFileSync(file, JSON.stringify(settings));

    const { code, out, requests } = await run('-f', file, '--json');

    expect(code).toBe(0);
    expect(requests).toMatchObject([{ method: 'PUT', path: '/v1/notifications' }]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual(settings);
    expect(JSON.parse(out)).toEqual(settings);
  });
});
