import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScriptView } from '../../../functions/api/runner/scripts.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system?.stop());

describe('GET /scripts', () => {
  test('lists the scripts of the deployment with what they declare, for any member', async () => {
    const api = await system.as(freshTenant(), ['MEMBER']);

    const { status, body } = await api.get<{ readonly scripts: readonly ScriptView[] }>('/scripts');

    expect(status).toBe(200);
    const names = body.scripts.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(body.scripts).toEqual(
      expect.arrayContaining([
        { name: 'sleep', description: 'Sleeps, and stops early when the run is canceled.', usage: '[seconds]' },
        {
          name: 'whatsapp-automation',
          description: 'Sends a template message to every new contact.',
          usage: null,
        },
      ]),
    );
  });

  test('rejects unknown parameters', async () => {
    const api = await system.as(freshTenant());

    expect((await api.get('/scripts?name=echo')).status).toBe(400);
  });
});
