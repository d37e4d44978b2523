import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTBOX_FOLDER } from '../../../lib/local/outbox.ts';
import { freshTenant, startTestSystem, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await startTestSystem();
});

afterAll(() => system.stop());

describe('a notification by e-mail on this machine', () => {
  it('is written to the outbox', async () => {
    const client = await system.as(freshTenant());
    await client.post('/jobs', { id: 'a', name: 'Nightly', script: 'fail', on_failure: 'email:ana@example.com' });

    await client.post('/jobs/a/run');

    const folder = join(system.dataDir, OUTBOX_FOLDER);
    const [file = ''] = await waitUntil(() => filesOf(folder));
    expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).toMatchObject({
      FromEmailAddress: 'jobdeck@jobdeck.test',
      Destination: { ToAddresses: ['ana@example.com'] },
      Content: { Simple: { Subject: { Data: 'Nightly failed' } } },
    });
  });

  it('fails with malformed addresses, also as the default and in a rule', async () => {
    const client = await system.as(freshTenant());
    const error = (field: string) =>
      `${field}: must be 1–10 different addresses such as email:ana@example.com,ben@example.com, got 'email:ana'`;

    const job = await client.post('/jobs', { id: 'a', name: 'A', script: 'echo', on_late: 'email:ana' });
    const defaults = await client.put('/v1/notifications', { on_failure: 'email:ana' });
    const rules = [{ name: 'all', on: ['failure'], to: 'email:ana' }];
    const rule = await client.put('/v1/notifications', { rules });

    expect(job).toMatchObject({ status: 400, body: { error: error('on_late') } });
    expect(defaults.status).toBe(400);
    expect(JSON.stringify(defaults.body)).toContain('on_failure');
    expect(rule.status).toBe(400);
    expect(JSON.stringify(rule.body)).toContain('rules[0].to');
  });
});

/** Returns the files of a folder, or `undefined` while there are none. */
function filesOf(folder: string): readonly string[] | undefined {
  try {
    const files = readdirSync(folder);
    return files.length > 0 ? files : undefined;
  } catch {
    return undefined;
  }
}
