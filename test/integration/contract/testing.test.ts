import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../../lib/project-root.ts';
import { startJobdeck } from '../../../lib/testing/index.ts';
import { collect } from '../../helpers/collect.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { waitUntil } from '../../helpers/wait.ts';

const HOUR_MS = 3_600_000;
const ASSEMBLIES = '.jobdeck/assemblies';

/** Keeps the templates of the first project for the others, whose settings are the same: a synthesis takes seconds. */
const kept = mkdtempSync(join(tmpdir(), 'jobdeck-assemblies-'));
afterAll(() => rmSync(kept, { recursive: true, force: true }));

/** A project with one script, which counts its runs in the state. */
function givenProject(script = "log.info('count', count + 1);"): string {
  const root = realpathSync(temporaryFolder());
  const [shared, own] = [join(kept, ASSEMBLIES), join(root, ASSEMBLIES)];
  if (existsSync(shared)) cpSync(shared, own, { recursive: true });
  else onTestFinished(() => cpSync(own, shared, { recursive: true }));
  mkdirSync(join(root, 'scripts'));
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(projectRoot, join(root, 'node_modules', 'jobdeck'));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'my-jobs', type: 'module' }));
  writeFileSync(join(root, 'jobdeck.config.ts'), 'export default {};');
  writeFileSync(
    join(root, 'scripts/count-runs.ts'),
    `export default {
      async run({ state, log }) {
        const count = (await state.get('count')) ?? 0;
        await state.set('count', count + 1);
        ${script}
      },
    };`,
  );
  return root;
}

it('starts a local system that runs the scripts of a project and has an adjustable clock', async () => {
  const jobdeck = await startJobdeck({ project: join(givenProject(), 'scripts') });
  onTestFinished(() => jobdeck.stop());
  const client = jobdeck.client('acme');
  const id = 'count';
  await client.post('/jobs', { body: { id, name: 'Count', script: 'count-runs', schedule: '0 * * * *' } });

  const first = await client.trigger(id, { wait: true });
  const registered = async () =>
    (await client.get('/jobs/{id}', { params: { path: { id } } })).data.job.registration?.status === 'registered';
  await waitUntil(registered, { what: 'the schedule is registered' });
  jobdeck.clock.advance(HOUR_MS - (jobdeck.clock.now() % HOUR_MS) + 1_000);
  const scheduled = await waitUntil(
    async () =>
      (await collect(client.paginate('/jobs/{id}/runs', { params: { path: { id } } }))).find(
        ({ trigger, status }) => trigger === 'schedule' && status === 'ok',
      ),
    { what: 'a scheduled run has ended' },
  );

  expect(first).toMatchObject({ status: 'ok', stdout: 'count 1' });
  expect(scheduled.stdout).toBe('count 2');
  expect((await jobdeck.client('other', ['MEMBER']).get('/jobs')).data.jobs).toEqual([]);
  expect(() => jobdeck.client('a b')).toThrow("tenant: must be 1–64 of A–Z a–z 0–9 _ -, got 'a b'");
  expect(() => jobdeck.client('acme', ['ROOT' as 'OWNER'])).toThrow("got 'ROOT'");
});

it('rejects a project with a script that does not compile, and a folder that is no project', async () => {
  await expect(startJobdeck({ project: givenProject('}') })).rejects.toMatchObject({
    name: 'ProjectError',
    message: expect.stringContaining('scripts/count-runs.ts'),
  });
  await expect(startJobdeck({ project: temporaryFolder() })).rejects.toMatchObject({ name: 'ProjectError' });
});

it('keeps the data of a given folder', async () => {
  const [project, dataDir] = [givenProject(), temporaryFolder()];
  const before = await startJobdeck({ project, dataDir });
  const body = { id: 'count', name: 'Count', script: 'count-runs' };
  await before.client('acme').post('/jobs', { body });
  await before.stop();

  const after = await startJobdeck({ project, dataDir });
  onTestFinished(() => after.stop());

  expect((await after.client('acme').get('/jobs')).data.jobs).toMatchObject([{ id: 'count' }]);
  expect(existsSync(join(dataDir, 'dynamodb'))).toBe(true);
});
