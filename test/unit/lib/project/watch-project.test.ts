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
  const stop = watchProject({ root, scripts }, (text) => printed.push(text));
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
