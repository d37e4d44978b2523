import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { assembleProject } from '../../../lib/project/local-assembly.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** Synthesizes in a child process. */
const TIMEOUT = { timeout: 300_000 };

it('synthesizes the local stage of a project once for each version of its settings', TIMEOUT, async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'scripts'));
  writeFileSync(join(root, 'scripts/hello.ts'), 'export default { run: () => {} };');
  let builds = 0;
  const project = { root, scriptsFolder: 'scripts', stages: { local: { concurrentRuns: 7 } } };
  const assemble = () => assembleProject(project, () => (builds += 1));

  const { folder, scripts } = await assemble();
  await scripts.update();

  expect(folder.startsWith(join(root, '.jobdeck/assemblies/'))).toBe(true);
  const file = readdirSync(folder).find((name) => /local-?work.*\.template\.json$/.test(name)) ?? '';
  const template = readFileSync(join(folder, file), 'utf8');
  expect(template).toMatch(/"\w*CONCURRENT_RUNS": "7"/);
  // Not changed by the project.
  expect(template).toContain('127.0.0.0/8');
  const assets = readdirSync(folder).map((name) => join(folder, name));
  const worker = assets.find((asset) => existsSync(join(asset, 'script-host.mjs'))) ?? '';
  expect(readdirSync(join(worker, 'scripts'))).toEqual(['hello.mjs']);
  const lists = assets.map((asset) => join(asset, 'scripts.json')).filter((file) => existsSync(file));
  expect(lists.map((file) => JSON.parse(readFileSync(file, 'utf8')) as unknown)).toEqual([
    // Of the runner surface, and of the worker.
    [{ name: 'hello', description: null, usage: null }],
    [{ name: 'hello', description: null, usage: null }],
  ]);
  expect((await assemble()).folder).toBe(folder);
  expect(builds).toBe(1);
});

it('rejects invalid settings of the local stage', async () => {
  const project = { root: temporaryFolder(), scriptsFolder: 'scripts', stages: { local: { workers: 1 } } };

  await expect(assembleProject(project)).rejects.toThrow(
    'jobdeck.config.ts: Stage local: workers must be an integer in 2–1000, got 1.',
  );
});
