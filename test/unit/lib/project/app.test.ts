import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../../../lib/project-root.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

it('fails before the synthesis if the script of a job is not part of the project', () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'jobs'));
  writeFileSync(join(root, 'jobdeck.config.ts'), 'export default { stages: { prod: {} } };');
  writeFileSync(join(root, 'jobs/a.ts'), 'export default { id: "a", name: "A", script: { run() {} } };');

  const { status, stderr } = spawnSync(process.execPath, [join(projectRoot, 'lib/project/app.ts')], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, CDK_OUTDIR: join(root, 'out'), CDK_CONTEXT_JSON: '{ "stage": "prod" }' },
  });

  expect(status).toBe(1);
  expect(stderr).toBe("jobs/a.ts: the script of 'a' is not the default export of a file with scripts\n");
});
