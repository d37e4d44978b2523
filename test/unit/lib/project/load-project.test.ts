import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProject } from '../../../../lib/project/find-project.ts';
import { loadProject } from '../../../../lib/project/load-project.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'jobdeck-project-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Writes the files of a project, by default with an empty configuration and one script. */
function givenProject(files: Readonly<Record<string, string>> = {}): void {
  const all = {
    'package.json': '{ "name": "@acme/my-jobs" }',
    'jobdeck.config.ts': 'export default { stages: { prod: { workers: 5 } } };',
    'scripts/hello.ts': 'export default { run: () => {} };',
    ...files,
  };
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
}

describe('loadProject', () => {
  it('returns the stages, the scripts and the name in package.json with its scope', async () => {
    givenProject({ 'scripts/other.ts': 'export default { run: () => {} };', 'scripts/lib/shared.ts': '' });

    const project = await loadProject(root);

    expect(project).toMatchObject({
      root,
      name: 'acme-my-jobs',
      scriptsFolder: 'scripts',
      scripts: ['hello', 'other'],
    });
    expect(project.stages).toEqual({ prod: { workers: 5 } });
  });

  it('puts the name of a script in place of the script of a job', async () => {
    givenProject({
      'jobs/a.ts': `import hello from '../scripts/hello';
        export default { id: 'a', name: 'A', script: hello, args: ['x'] };`,
      'jobs/b.ts': `export default [{ id: 'c', name: 'C', script: 'echo' }, { id: 'b', name: 'B', http: { url: 'https://b.test' } }];`,
    });

    const { jobs } = await loadProject(root);

    expect(jobs('acme')).toEqual([
      { id: 'a', name: 'A', script: 'hello', args: ['x'] },
      { id: 'b', name: 'B', http: { url: 'https://b.test' } },
      { id: 'c', name: 'C', script: 'echo' },
    ]);
  });

  it('separates calendars from jobs', async () => {
    givenProject({
      'jobs/a.ts': `export default [{ id: 'a', name: 'A', script: 'echo' }, { name: 'z', dates: ['2026-12-25'] }];`,
      'jobs/b.ts': `export default { name: 'b', ical: 'BEGIN:VCALENDAR' };`,
    });

    const { jobs, calendars } = await loadProject(root);

    expect(jobs('acme').map(({ id }) => id)).toEqual(['a']);
    expect(calendars('acme')).toEqual([
      { file: 'jobs/b.ts', calendar: { name: 'b', ical: 'BEGIN:VCALENDAR' } },
      { file: 'jobs/a.ts', calendar: { name: 'z', dates: ['2026-12-25'] } },
    ]);
  });

  it('rejects two calendars with the same name', async () => {
    givenProject({
      'jobs/a.ts': `export default { name: 'x', dates: [] };`,
      'jobs/b.ts': `export default { name: 'x', dates: [] };`,
    });

    const { calendars } = await loadProject(root);

    expect(() => calendars('acme')).toThrow("jobs/b.ts: the name 'x' is that of a calendar in jobs/a.ts");
  });

  it('calls a function of the tenant', async () => {
    givenProject({
      'jobs/a.ts': 'export default (tenant: string) => ({ id: "a-" + tenant, name: "A", script: "hello" });',
    });

    const { jobs } = await loadProject(root);

    expect(jobs('acme').map(({ id }) => id)).toEqual(['a-acme']);
    expect(jobs('globex').map(({ id }) => id)).toEqual(['a-globex']);
  });

  it('loads the present content of a file that has changed', async () => {
    givenProject({ 'jobs/a.ts': 'export default { id: "a", name: "first", script: "hello" };' });
    await loadProject(root);
    givenProject({ 'jobs/a.ts': 'export default { id: "a", name: "second", script: "hello" };' });

    expect((await loadProject(root)).jobs('acme')[0]?.name).toBe('second');
  });

  it('reads files behind symbolic links', async () => {
    givenProject({
      'shared/a.ts': `import hello from '../scripts/hello'; export default { id: 'a', name: 'A', script: hello };`,
      'jobs/b.ts': "export default { id: 'b', name: 'B', script: 'hello' };",
    });
    symlinkSync('../shared/a.ts', join(root, 'jobs/a.ts'));

    expect((await loadProject(root)).jobsWithFiles('acme')).toMatchObject([
      { file: 'jobs/a.ts', job: { id: 'a', script: 'hello' } },
      { file: 'jobs/b.ts', job: { id: 'b' } },
    ]);
  });

  it('rejects a symbolic link without a target', async () => {
    givenProject({ 'jobs/b.ts': 'export default [];' });
    symlinkSync('../no.ts', join(root, 'jobs/a.ts'));

    await expect(loadProject(root)).rejects.toMatchObject({
      name: 'ProjectError',
      message: expect.stringContaining('jobs/a.ts'),
    });
  });

  it('finds no jobs without the default folder', async () => {
    givenProject();

    expect(await loadProject(root)).toMatchObject({ jobFiles: [] });
  });

  it('leaves no generated file behind', async () => {
    givenProject();

    await loadProject(root);

    expect(readdirSync(join(root, '.jobdeck'))).toEqual([]);
  });

  it.each([
    ['a file that does not compile', { 'jobs/a.ts': 'export default {' }, /jobs\/a\.ts:1:16/],
    ['a missing module', { 'scripts/b.ts': "import './no.ts'; export default { run() {} };" }, /scripts\/b\.ts:1:7/],
    [
      'a file that throws',
      { 'jobs/a.ts': 'export default {}; throw new Error("no way");' },
      /cannot be loaded: no way/,
    ],
    [
      'a package that is not installed',
      { 'jobs/a.ts': 'import "not-installed"; export default [];' },
      /^The project cannot be loaded: Cannot find package 'not-installed' imported from \/[^ ]*jobdeck-project-\w+$/,
    ],
    [
      'a configuration without a default export',
      { 'jobdeck.config.ts': '' },
      /jobdeck\.config\.ts: has no default export/,
    ],
    [
      'a script without run',
      { 'scripts/b.ts': 'export default {};' },
      /scripts\/b\.ts: its default export has no function run/,
    ],
    [
      'a script whose name has a space',
      { 'scripts/a b.ts': 'export default { run() {} };' },
      /scripts\/a b\.ts: the name of a script/,
    ],
    [
      'a folder of jobs that does not exist',
      { 'jobdeck.config.ts': 'export default { jobs: "job" };' },
      /^jobdeck\.config\.ts: jobs must be an existing folder, got 'job'$/,
    ],
    [
      'a folder of scripts that does not exist',
      { 'jobdeck.config.ts': 'export default { scripts: "src/script" };' },
      /^jobdeck\.config\.ts: scripts must be an existing folder, got 'src\/script'$/,
    ],
    ['a file in place of the folder of jobs', { jobs: '' }, /jobs must be an existing folder, got 'jobs'/],
    [
      'a job file in a subfolder',
      { 'jobs/daily/a.ts': 'export default [];', 'jobs/b.ts': 'export default [];' },
      /^jobs\/daily\/a\.ts: a file in a subfolder of jobs is not read/,
    ],
    ...['mts', 'cts', 'tsx', 'js', 'mjs', 'cjs', 'jsx'].flatMap(
      (extension): [string, Record<string, string>, RegExp][] => [
        [
          `a script with the extension ${extension}`,
          { [`scripts/b.${extension}`]: 'export default {};' },
          new RegExp(`^scripts/b\\.${extension}: files with this extension are not read; rename it to scripts/b\\.ts,`),
        ],
        [
          `a job with the extension ${extension}`,
          { [`jobs/b.${extension}`]: 'export default [];' },
          new RegExp(`^jobs/b\\.${extension}: files with this extension are not read; rename it to jobs/b\\.ts,`),
        ],
      ],
    ),
    [
      'a job file in a subfolder with another extension',
      { 'jobs/daily/a.mts': 'export default [];' },
      /^jobs\/daily\/a\.mts: a file in a subfolder of jobs is not read/,
    ],
    [
      'a name in package.json of more than 64 characters',
      { 'package.json': `{ "name": "@acme/${'a'.repeat(60)}" }` },
      /^jobdeck\.config\.ts: name must be 1–64 .* got 'acme-a{60}'$/,
    ],
    ['a name with a slash', { 'jobdeck.config.ts': 'export default { name: "a/b" };' }, /name must be .* got 'a\/b'/],
  ])('rejects %s and names the file', async (_, files, message) => {
    givenProject(files);

    await expect(loadProject(root)).rejects.toThrow(message);
    await expect(loadProject(root)).rejects.toMatchObject({ name: 'ProjectError' });
  });

  it.each([
    ['no default export', { 'jobs/a.ts': 'export const a = 1;' }, /jobs\/a\.ts: has no default export/],
    ['no object', { 'jobs/a.ts': 'export default 5;' }, /jobs\/a\.ts: each job must be an object with an id/],
    ['a foreign script', { 'jobs/a.ts': 'export default { id: "a", script: { run() {} } };' }, /script of 'a' is not/],
    [
      'the id of another job',
      { 'jobs/a.ts': 'export default { id: "x" };', 'jobs/b.ts': 'export default { id: "x" };' },
      /jobs\/b\.ts: the id 'x' is that of a job in jobs\/a\.ts/,
    ],
  ])('rejects a job file with %s', async (_, files, message) => {
    givenProject(files);
    const { jobs } = await loadProject(root);

    expect(() => jobs('acme')).toThrow(message);
  });
});

describe('findProject', () => {
  it('returns the nearest folder upwards with a configuration', () => {
    givenProject({ 'scripts/lib/deep/a.ts': '' });

    expect(findProject(join(root, 'scripts/lib/deep'))).toBe(root);
  });

  it('says how to make a project if there is none', () => {
    expect(() => findProject(root)).toThrow(/There is no jobdeck\.config\.ts in .*`npx jobdeck init` makes a project/);
  });
});
