import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { ScriptBuilds } from '../../../../lib/project/script-builds.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

let root: string;
let builds: ScriptBuilds;
beforeEach(() => {
  root = temporaryFolder();
  builds = openBuilds();
});

const openBuilds = () =>
  new ScriptBuilds({
    root,
    scriptsFolder: 'scripts',
    workerFolder: join(root, 'out/worker'),
    validatorFolder: join(root, 'out/validator'),
  });

function write(file: string, content: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

const givenScript = (name: string, result: string) =>
  write(`scripts/${name}.ts`, `export default { run: (): string => '${result}' };`);

/** Imports the built script as a new process would. */
let imports = 0;
async function runScript(name: string): Promise<unknown> {
  imports += 1;
  const url = `${pathToFileURL(join(root, 'out/worker/scripts', `${name}.mjs`)).href}?${imports}`;
  const module = (await import(url)) as { default: { run: () => unknown } };
  return module.default.run();
}

const scriptsFile = () =>
  JSON.parse(readFileSync(join(root, 'out/validator/scripts.json'), 'utf8')) as readonly { readonly name: string }[];
const listed = () => scriptsFile().map(({ name }) => name);
const nothing = { built: [], removed: [], failed: [], undescribed: [], unread: [] };

describe('ScriptBuilds', () => {
  it('reports a source file with another extension once, unless it is a test or a declaration', async () => {
    for (const name of ['a.mts', 'b.js', 'c.test.mjs', 'd.d.mts', 'e.json']) write(`scripts/${name}`, '');

    expect((await builds.update()).unread).toEqual([
      'scripts/a.mts: files with this extension are not read; rename it to scripts/a.ts, or move it out of scripts',
      'scripts/b.js: files with this extension are not read; rename it to scripts/b.ts, or move it out of scripts',
    ]);
    expect(await builds.update()).toEqual(nothing);
  });

  it('builds each script and lists their names', async () => {
    givenScript('b', 'one');
    givenScript('a', 'two');
    write('scripts/a.test.ts', 'throw new Error()');

    expect(await builds.update()).toEqual({ ...nothing, built: ['a', 'b'] });

    expect(await runScript('a')).toBe('two');
    expect(listed()).toEqual(['a', 'b']);
    expect(readdirSync(join(root, 'out/worker/scripts'))).toEqual(['a.mjs', 'b.mjs']);
  });

  it('lists what a script declares about itself, and its arguments', async () => {
    write('scripts/a.ts', `export default { description: 'Greets.', usage: '[name]', run: () => {} };`);
    givenScript('b', 'same');
    await builds.update();
    const first = scriptsFile();

    write('scripts/a.ts', `export default { description: 'Greets somebody.', usage: 7, run: () => {} };`);
    const { undescribed } = await builds.update();

    const plain = { name: 'b', description: null, usage: null };
    expect(first).toEqual([{ name: 'a', description: 'Greets.', usage: '[name]' }, plain]);
    expect(scriptsFile()).toEqual([{ name: 'a', description: 'Greets somebody.', usage: null }, plain]);
    expect(undescribed).toEqual(["The script 'a': usage must be text of 1–200 characters, got 7"]);
  });

  it('builds only the scripts that have changed', async () => {
    givenScript('a', 'first');
    givenScript('b', 'same');
    await builds.update();
    expect(await builds.update()).toEqual(nothing);

    givenScript('a', 'second');

    expect(await builds.update()).toEqual({ ...nothing, built: ['a'] });
    expect(await runScript('a')).toBe('second');
  });

  it('builds a script again if a file that it imports has changed', async () => {
    write('lib/shared.ts', `export const text = 'first';`);
    write('scripts/a.ts', `import { text } from '../lib/shared.ts'; export default { run: () => text };`);
    givenScript('b', 'same');
    await builds.update();

    write('lib/shared.ts', `export const text = 'second';`);

    expect(await builds.update()).toEqual({ ...nothing, built: ['a'] });
    expect(await runScript('a')).toBe('second');
  });

  it('keeps the previous code of a script that does not compile and reports the error once, with its position', async () => {
    givenScript('a', 'first');
    await builds.update();

    write('scripts/a.ts', `export default {\n  run: ( };`);
    const { built, failed } = await builds.update();

    expect(built).toEqual([]);
    expect(failed).toMatchObject([{ script: 'a', message: expect.stringContaining('scripts/a.ts:2:') }]);
    expect(await builds.update()).toEqual(nothing);
    expect(await runScript('a')).toBe('first');
    expect(listed()).toEqual(['a']);
    givenScript('a', 'repaired');
    expect(await builds.update()).toEqual({ ...nothing, built: ['a'] });
  });

  it('builds the other scripts if one does not compile, and lists no script that was never built', async () => {
    write('scripts/broken.ts', '}');
    givenScript('a', 'fine');

    expect(await builds.update()).toMatchObject({ built: ['a'], failed: [{ script: 'broken' }] });

    expect(listed()).toEqual(['a']);
  });

  it('builds a script as soon as a missing file that it imports exists', async () => {
    write('scripts/a.ts', `import { text } from '../lib/new'; export default { run: () => text };`);
    expect(await builds.update()).toMatchObject({
      failed: [{ script: 'a', message: expect.stringContaining('../lib/new') }],
    });

    write('lib/new.ts', `export const text = 'present';`);

    expect(await builds.update()).toEqual({ ...nothing, built: ['a'] });
    expect(await runScript('a')).toBe('present');
  });

  it('removes the code of a deleted script, also that of a previous process', async () => {
    givenScript('a', 'one');
    givenScript('b', 'two');
    await builds.update();
    rmSync(join(root, 'scripts/b.ts'));

    expect(await openBuilds().update()).toEqual({ ...nothing, removed: ['b'] });

    expect(readdirSync(join(root, 'out/worker/scripts'))).toEqual(['a.mjs']);
    expect(listed()).toEqual(['a']);
  });

  it.each([
    ['without a default export', 'scripts/a.ts', 'export const run = 1;', /scripts\/a\.ts: has no default export/],
    ['with an invalid name', 'scripts/a b.ts', 'export default {};', /scripts\/a b\.ts: the name of a script must be/],
  ])('reports a script %s', async (_case, file, content, message) => {
    write(file, content);

    const { failed } = await builds.update();

    expect(failed.map((failure) => failure.message)).toEqual([expect.stringMatching(message)]);
    expect(listed()).toEqual([]);
  });

  it('uses a script that cannot be imported without variables, and reports it once', async () => {
    write('scripts/a.ts', `if (!process.env.TOKEN) throw new Error('no token'); export default { run() {} };`);

    const { built, failed, undescribed } = await builds.update();
    givenScript('b', 'one');

    expect([built, failed]).toEqual([['a'], []]);
    expect(undescribed).toEqual([expect.stringMatching(/^The script 'a' cannot be imported: Error: no token\. /)]);
    expect(await builds.update()).toEqual({ ...nothing, built: ['b'] });
    expect(listed()).toEqual(['a', 'b']);
  });

  it('builds nothing without a folder of scripts', async () => {
    expect(await builds.update()).toEqual(nothing);
    expect(listed()).toEqual([]);
  });
});
