import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initProject } from '../../../../lib/project/init-project.ts';
import { loadProject } from '../../../../lib/project/load-project.ts';
import { findPackageSpec } from '../../../../lib/project/package-spec.ts';
import { projectRoot } from '../../../../lib/project-root.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const FILES = [
  '.gitignore',
  'README.md',
  'jobdeck.config.ts',
  'jobs/hello.ts',
  'package.json',
  'scripts/hello.ts',
  'test/hello.test.ts',
  'tsconfig.json',
];
/** Packages that a project needs beside this package, the peers included. */
const TESTED_PACKAGES = ['@types/node', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'node', 'typescript'];
/** The relevant part of what `npm init -y` writes. */
const NPM_DEFAULTS = {
  name: 'shop',
  scripts: { test: 'echo "Error: no test specified" && exit 1' },
  type: 'commonjs',
};
const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
const own = readJson(join(projectRoot, 'package.json')) as { devDependencies: Record<string, string> };

describe('initProject', () => {
  it('writes a project whose packages have the versions of this package', async () => {
    const root = join(temporaryFolder(), 'My jobs');

    expect(await initProject(root)).toEqual({ files: FILES, warnings: [] });

    expect(readJson(join(root, 'package.json'))).toMatchObject({
      name: 'my-jobs',
      type: 'module',
      dependencies: { jobdeck: `file:${relative(root, projectRoot)}` },
      devDependencies: Object.fromEntries(TESTED_PACKAGES.map((name) => [name, own.devDependencies[name]])),
    });
    expect(readFileSync(join(root, '.gitignore'), 'utf8')).toContain('.jobdeck/');
  });

  it('writes a project that can be loaded', async () => {
    const root = temporaryFolder();
    await initProject(root);
    // As `npm install` does.
    const modules = join(root, 'node_modules/jobdeck');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
    const helpers = ['defineConfig', 'defineScript', 'defineJob'];
    writeFileSync(
      join(modules, 'index.js'),
      helpers.map((name) => `export const ${name} = (value) => value;`).join('\n'),
    );

    const project = await loadProject(root);

    expect(project).toMatchObject({ scripts: ['hello'], stages: { prod: {} } });
    expect(project.jobs('demo')).toMatchObject([{ id: 'hello', script: 'hello', schedule: '* * * * *' }]);
  });

  it.each([
    ['the folder', undefined, 'order-jobs'],
    ['the package with its scope', '@payments/jobs', 'payments-jobs'],
  ])('names the project after %s', async (_, name, expected) => {
    const root = join(temporaryFolder(), 'Order jobs');
    mkdirSync(root);
    if (name !== undefined) writeFileSync(join(root, 'package.json'), JSON.stringify({ name }));

    await initProject(root);

    const config = readFileSync(join(root, 'jobdeck.config.ts'), 'utf8');
    expect(config).toContain(`export default defineConfig({\n  name: '${expected}',\n  stages: {`);
  });

  it('rejects a package whose name is too long for a project without writing', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'a'.repeat(65) }));

    await expect(initProject(root)).rejects.toThrow(/^package\.json: name must be 1–64 of .* got 'a{65}'$/);

    expect(readdirSync(root)).toEqual(['package.json']);
  });

  it('writes nothing if a file exists, and names it', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'jobs'));
    writeFileSync(join(root, 'jobs/hello.ts'), 'mine');
    writeFileSync(join(root, 'tsconfig.json'), '{}');

    await expect(initProject(root)).rejects.toThrow(
      /^Nothing was written, because these files exist in .*: (tsconfig\.json, jobs\/hello\.ts|jobs\/hello\.ts, tsconfig\.json)$/,
    );

    expect(readdirSync(root).sort()).toEqual(['jobs', 'tsconfig.json']);
    expect(readFileSync(join(root, 'jobs/hello.ts'), 'utf8')).toBe('mine');
  });

  it('adds to an existing package.json what it lacks', async () => {
    const root = temporaryFolder();
    const present = {
      name: 'shop',
      scripts: { test: 'vitest', build: 'make' },
      dependencies: { jobdeck: 'file:../jobdeck.tgz', typescript: '5.0.0' },
      private: false,
    };
    writeFileSync(join(root, 'package.json'), JSON.stringify(present, null, 4));

    await initProject(root);

    const text = readFileSync(join(root, 'package.json'), 'utf8');
    const manifest = JSON.parse(text) as { scripts: object; devDependencies: object };
    expect(manifest).toMatchObject(present);
    expect(manifest.scripts).toEqual({ ...present.scripts, dev: 'jobdeck dev', typecheck: 'tsc' });
    expect(Object.keys(manifest.devDependencies).sort()).toEqual(
      TESTED_PACKAGES.filter((name) => name !== 'typescript'),
    );
    expect(text).toMatch(/^\{\n {4}"name"/);
  });

  it('makes a package.json of `npm init -y` run the tests of the template', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'package.json'), JSON.stringify(NPM_DEFAULTS));
    mkdirSync(join(root, 'node_modules/lodash'), { recursive: true });
    writeFileSync(join(root, 'node_modules/lodash/index.js'), '');

    const { warnings } = await initProject(root);

    expect(warnings).toEqual([]);
    expect(readJson(join(root, 'package.json'))).toMatchObject({
      type: 'module',
      scripts: { test: "node --test 'test/**/*.test.ts'" },
    });
  });

  it.each([
    ['commonjs', NPM_DEFAULTS],
    ['undefined', { name: 'shop' }],
  ])('keeps the type %s of a folder with source files, and warns', async (type, present) => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'package.json'), JSON.stringify(present));
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src/index.js'), '');

    const { warnings } = await initProject(root);

    expect(String(readJson(join(root, 'package.json')).type)).toBe(type);
    expect(warnings).toEqual([expect.stringMatching(/src\/index\.js.*Set "type": "module"/)]);
  });

  it.each(['{', '[]'])('rejects the package.json %s without writing', async (text) => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'package.json'), text);

    await expect(initProject(root)).rejects.toThrow(/package\.json (is not JSON|must be a JSON object)/);

    expect(readdirSync(root)).toEqual(['package.json']);
  });
});

describe('findPackageSpec', () => {
  function givenPackage(resolved: string): string {
    const host = temporaryFolder();
    const folder = join(host, 'node_modules/jobdeck');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3" }');
    const lock = { packages: { 'node_modules/jobdeck': { resolved } } };
    writeFileSync(join(host, 'node_modules/.package-lock.json'), JSON.stringify(lock));
    return host;
  }

  it('returns the tarball that the package was installed from, relative to the project', async () => {
    const host = givenPackage('file:../downloads/jobdeck-1.2.3.tgz');

    const spec = await findPackageSpec(join(host, 'sub/jobs'), join(host, 'node_modules/jobdeck'), false);

    expect(spec).toBe('file:../../../downloads/jobdeck-1.2.3.tgz');
  });

  it('returns the version of a package from a registry', async () => {
    const host = givenPackage('https://registry.test/jobdeck/-/jobdeck-1.2.3.tgz');

    expect(await findPackageSpec(host, join(host, 'node_modules/jobdeck'), false)).toBe('1.2.3');
  });
});
