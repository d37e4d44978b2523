import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadProject } from '../../../../lib/project/load-project.ts';
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
    return { messages: [`applied ${applications}`], problems: [], sources: [] };
  };
  onTestFinished(watchProject({ root, scripts, jobsFolder: 'jobs', applyJobs }, (text) => printed.push(text)));

  await waitForAssertion(() => expect(printed).toEqual(['applied 1']));
  writeFileSync(join(root, 'jobs/b.ts'), '');
  await waitForAssertion(() => expect(printed).toEqual(['applied 1', 'applied 2']));
  writeFileSync(join(root, 'scripts/new.ts'), 'export default { run: () => {} };');
  await waitForAssertion(() => expect(printed.slice(2)).toEqual([expect.stringContaining("'new'"), 'applied 3']));
});

const givenScripts = (root: string) =>
  new ScriptBuilds({
    root,
    scriptsFolder: 'scripts',
    workerFolder: join(root, 'out/worker'),
    validatorFolder: join(root, 'out/validator'),
  });

it('repeats a failed application until it succeeds, and prints its failure once', async () => {
  const root = temporaryFolder();
  const printed: string[] = [];
  let applications = 0;
  const applyJobs = async () => {
    applications += 1;
    if (applications < 3) throw new Error('no connection');
    return { messages: ['applied'], problems: [], sources: [] };
  };
  const project = { root, scripts: givenScripts(root), jobsFolder: 'jobs', applyJobs, retryPauseMs: 1 };
  onTestFinished(watchProject(project, (text) => printed.push(text)));

  await waitForAssertion(() => expect(printed).toEqual(['The jobs were not applied: no connection', 'applied']));
  expect(applications).toBe(3);
});

it('applies jobs after a change of a module that only a job imports', async () => {
  const root = temporaryFolder();
  for (const folder of ['jobs', 'lib']) mkdirSync(join(root, folder));
  writeFileSync(join(root, 'jobdeck.config.ts'), 'export default {};');
  writeFileSync(join(root, 'lib/name.ts'), "export const name = 'first';");
  writeFileSync(join(root, 'jobs/a.ts'), "import { name } from '../lib/name'; export default { id: 'a', name };");
  const printed: string[] = [];
  const applyJobs = async () => {
    const { jobs, sources } = await loadProject(root);
    return { messages: jobs('demo').map(({ name }) => String(name)), problems: [], sources };
  };
  const project = { root, scripts: givenScripts(root), jobsFolder: 'jobs', applyJobs };
  onTestFinished(watchProject(project, (text) => printed.push(text)));

  await waitForAssertion(() => expect(printed).toEqual(['first']));
  writeFileSync(join(root, 'lib/name.ts'), "export const name = 'the second';");
  await waitForAssertion(() => expect(printed.at(-1)).toBe('the second'));
});

it.each(['jobdeck.config.ts', 'tsconfig.json', 'data/regions.csv'])(
  'applies refused jobs again after a change of %s, and prints a problem once',
  async (changed) => {
    const root = temporaryFolder();
    for (const folder of ['jobs', 'data', 'node_modules', '.jobdeck']) mkdirSync(join(root, folder));
    for (const file of ['jobdeck.config.ts', 'jobs/a.ts']) writeFileSync(join(root, file), '');
    const printed: string[] = [];
    let applications = 0;
    const applyJobs = async () => {
      applications += 1;
      return { messages: [], problems: applications < 3 ? ["The job 'a' was refused."] : [], sources: [] };
    };
    const look = { count: 0 };
    const scripts = givenScripts(root);
    const update = scripts.update.bind(scripts);
    scripts.update = () => {
      look.count += 1;
      return update();
    };
    onTestFinished(watchProject({ root, scripts, jobsFolder: 'jobs', applyJobs }, (text) => printed.push(text)));
    const changedOnce = async (file: string, expected: number) => {
      writeFileSync(join(root, file), `changed ${expected}`);
      await waitForAssertion(() => expect(applications).toBe(expected));
    };
    await waitForAssertion(() => expect(applications).toBe(1));

    for (const ignored of ['node_modules/x', '.jobdeck/y']) writeFileSync(join(root, ignored), '');
    const { count } = look;
    await waitForAssertion(() => expect(look.count).toBeGreaterThan(count + 2));
    expect(applications).toBe(1);
    await changedOnce(changed, 2);
    await changedOnce(changed, 3);

    expect(printed.filter((text) => text.includes('refused'))).toEqual(["The job 'a' was refused."]);
  },
);
