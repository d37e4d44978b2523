import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ScriptBuilds } from '../../../../lib/project/script-builds.ts';
import { watchProject } from '../../../../lib/project/watch-project.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { waitForAssertion } from '../../../helpers/wait.ts';

it('prints new and broken scripts and a changed configuration until the watch ends', async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'scripts'));
  writeFileSync(join(root, 'jobdeck.config.ts'), 'export default {};');
  const scripts = new ScriptBuilds({
    root,
    scriptsFolder: 'scripts',
    workerFolder: join(root, 'out/worker'),
    validatorFolder: join(root, 'out/validator'),
  });
  const printed: string[] = [];
  const stop = watchProject({ root, scripts, jobsFolder: 'jobs' }, (text) => printed.push(text));
  onTestFinished(stop);

  writeFileSync(join(root, 'scripts/good.ts'), 'export default { run: () => {} };');
  writeFileSync(join(root, 'scripts/bad.ts'), '}');
  utimesSync(join(root, 'jobdeck.config.ts'), 1, 1);

  await waitForAssertion(() => {
    expect(printed).toContain("Built the script 'good'. Its next run uses the new code.");
    expect(printed).toContainEqual(
      expect.stringMatching(/^The script 'bad' keeps its previous code, if any:\n.*scripts\/bad\.ts:1:0/s),
    );
    expect(printed).toContain('jobdeck.config.ts has changed. Restart `jobdeck dev` to use it.');
  });
  await stop();
  writeFileSync(join(root, 'scripts/late.ts'), 'export default { run: () => {} };');
  expect(await scripts.update()).toMatchObject({ built: ['late'] });
});

it('applies jobs at first and after each change of a job or a script', async () => {
  const root = temporaryFolder();
  for (const folder of ['scripts', 'jobs']) mkdirSync(join(root, folder));
  writeFileSync(join(root, 'jobs/a.ts'), '');
  const scripts = new ScriptBuilds({
    root,
    scriptsFolder: 'scripts',
    workerFolder: join(root, 'out/worker'),
    validatorFolder: join(root, 'out/validator'),
  });
  const printed: string[] = [];
  let applications = 0;
  const applyJobs = async () => {
    applications += 1;
    return [`applied ${applications}`];
  };
  onTestFinished(watchProject({ root, scripts, jobsFolder: 'jobs', applyJobs }, (text) => printed.push(text)));

  await waitForAssertion(() => expect(printed).toEqual(['applied 1']));
  writeFileSync(join(root, 'jobs/b.ts'), '');
  await waitForAssertion(() => expect(printed).toEqual(['applied 1', 'applied 2']));
  writeFileSync(join(root, 'scripts/new.ts'), 'export default { run: () => {} };');
  await waitForAssertion(() => expect(printed.slice(2)).toEqual([expect.stringContaining("'new'"), 'applied 3']));
});
