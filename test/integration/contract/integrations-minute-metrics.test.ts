import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

interface Minutes {
  readonly minutes: readonly { readonly minute: string; readonly ok: number; readonly error: number }[];
}

const PATH = '/api/integrations/jobs/minutes';
const MINUTE_MS = 60_000;

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

describe(`GET ${PATH}`, () => {
  test('returns the outcomes of the last sixty minutes, minute by minute', async () => {
    const api = await system.as(freshTenant());
    const runner = runnerClient(api);
    await runner.define({ id: 'good', script: 'echo' });
    await runner.define({ id: 'bad', script: 'fail' });

    for (const id of ['good', 'bad', 'good']) await runner.trigger(id);

    const minutes = await waitForAssertion(async () => {
      const { body } = await api.get<Minutes>(PATH);
      const sum = (outcome: 'ok' | 'error') => body.minutes.reduce((total, minute) => total + minute[outcome], 0);
      expect([sum('ok'), sum('error')]).toEqual([2, 1]);
      return body.minutes;
    });
    const times = minutes.map(({ minute }) => Date.parse(minute));
    expect(times).toHaveLength(60);
    expect(times.every((time, i) => i === 0 || time - (times[i - 1] ?? 0) === MINUTE_MS)).toBe(true);
    expect(minutes.every(({ minute }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/.test(minute))).toBe(true);
    const { body: stats } = await api.get('/stats');
    expect(stats).toMatchObject({ okLastHour: 2, errorsLastHour: 1 });
  });

  test('returns zeros for an organization without runs', async () => {
    const api = await system.as(freshTenant());
    const { status, body } = await api.get<Minutes>(PATH);
    expect(status).toBe(200);
    expect(body.minutes.map(({ ok, error }) => ok + error)).toEqual(Array.from({ length: 60 }, () => 0));
  });

  test('requires access to the metrics and accepts no parameters', async () => {
    const tenant = freshTenant();
    const member = await system.as(tenant, ['MEMBER']);
    expect(await member.get(PATH)).toMatchObject({ status: 403, body: { statusCode: 403, error: 'Forbidden' } });
    expect(await system.anonymous().get(PATH)).toMatchObject({ status: 401 });
    const manager = await system.as(tenant, ['MANAGER']);
    expect(await manager.get(`${PATH}?integrationId=x`)).toMatchObject({
      status: 400,
      body: { message: "query: unknown query parameter 'integrationId'; none is known here" },
    });
  });
});

describe('the page', () => {
  test('belongs to the API’s origin and has the system’s sign-in', async () => {
    const page = await fetch(`${system.url}/settings/integrations`);
    const html = await page.text();
    const [, script = ''] = /<script type="module"[^>]* src="(\/console\/assets\/[^"]+\.js)"/.exec(html) ?? [];
    const asset = await fetch(system.url + script);
    const { body: config } = await system.anonymous().get('/console/config.json');

    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(asset.status).toBe(200);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(config).toMatchObject({
      stage: 'local',
      signIn: { clientId: 'jobdeck-local', authorizationEndpoint: `${system.url}/.issuer/authorize` },
    });
  });
});
