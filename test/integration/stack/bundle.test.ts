import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createChain } from '../../../functions/core/executors/flow/transforms/create-chain.ts';
import { bundle, FUNCTION_ENTRIES, openBundles } from '../../../lib/bundle.ts';
import { ensureBuild } from '../../../lib/local/build.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { environment, synth, temporaryFolderOfFile } from '../../helpers/stack/synth.ts';

const run = promisify(execFile);
/** Bundling, or starting a process, on a machine that is busy with other tests. */
const TIMEOUT = { timeout: 60_000 };
const out = join(await ensureBuild(), 'bundles');
const bundles = openBundles(out);
const prod = await synth('prod');

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
const scripts = readdirSync(join(projectRoot, 'functions/scripts'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace('.ts', ''));

/** Runs a line of JavaScript in a process of its own, which sees these variables and no other. */
const evaluate = (code: string, env: NodeJS.ProcessEnv) =>
  run(process.execPath, ['--enable-source-maps', '--input-type=module', '--eval', code], { env });

describe('bundles', () => {
  test('hold one ES module a function, and its source map', () => {
    expect(bundles.names).toEqual(Object.keys(FUNCTION_ENTRIES));
    for (const name of bundles.names) {
      expect(filesOf(bundles.folder(name))).toEqual(expect.arrayContaining(['index.mjs', 'index.mjs.map']));
    }
  });

  test('hold the hosts of scripts and expressions, and every script, beside the worker', () => {
    const modules = filesOf(bundles.folder('worker')).filter((file) => file.endsWith('.mjs'));
    const hosts = ['expression-host.mjs', 'script-host.mjs'];
    expect(modules).toEqual(['index.mjs', ...hosts, ...scripts.map((name) => `scripts/${name}.mjs`)].sort());
    expect(scripts).toEqual(expect.arrayContaining(['echo', 'fail', 'sleep']));
  });

  test('evaluate expressions beside the worker', TIMEOUT, async () => {
    await using chain = createChain([{ type: 'map', to: '$sum($)' }], { directory: bundles.folder('worker') });

    expect((await chain.apply([[1, 2]], new AbortController().signal)).outputs).toEqual([{ value: 3, origin: 0 }]);
  });

  test('are refused under a name that no function has, with those that have one', () => {
    expect(() => bundles.folder('wroker')).toThrow(/There is no function "wroker" to bundle. There are: .*\bworker\b/);
  });

  test('are the same bytes wherever they are written', TIMEOUT, async () => {
    const elsewhere = join(temporaryFolderOfFile(), 'some', 'where', 'deeper');
    await bundle(elsewhere);
    const hash = (folder: string) => {
      const digest = createHash('sha256');
      for (const file of filesOf(folder)) digest.update(file).update(readFileSync(join(folder, file)));
      return digest.digest('hex');
    };
    expect(hash(elsewhere)).toBe(hash(out));
  });

  test('name no folder of the machine they were made on', () => {
    for (const file of filesOf(out)) {
      const content = readFileSync(join(out, file), 'utf8');
      for (const path of [projectRoot, out, homedir()])
        expect(content.includes(`${path}/`), `${file}: ${path}`).toBe(false);
    }
  });

  test('have maps whose sources are files of the project', () => {
    const { sources } = JSON.parse(readFileSync(join(out, 'worker/index.mjs.map'), 'utf8')) as { sources: string[] };
    expect(sources).toContain('../../functions/worker/handler.ts');
    for (const source of sources) expect(existsSync(resolve(projectRoot, 'bundles/worker', source)), source).toBe(true);
  });

  test('ask for no module that is not in them', () => {
    for (const name of bundles.names) {
      const code = readFileSync(join(bundles.folder(name), 'index.mjs'), 'utf8');
      // esbuild's stand-in for `require`, which throws: it is there for libraries that look for one.
      const standIn = /([\w$]+)=\(\w+=>typeof require/.exec(code)?.[1];
      expect(code.includes('Dynamic require of'), name).toBe(standIn !== undefined);
      if (standIn !== undefined) expect(code.includes(`${standIn}("`), `${name}: ${standIn}`).toBe(false);
    }
  });
});

describe('a function', () => {
  const variables = (name: string) => ({ ...environment(prod.fn(name)), AWS_REGION: 'eu-central-1' });
  const load = (name: string) => `const { handler } = await import('file://${bundles.folder(name)}/index.mjs');`;

  test.each(bundles.names)('%s starts with the environment that its template gives it', TIMEOUT, async (name) => {
    const { stdout } = await evaluate(`${load(name)} console.log(typeof handler); process.exit();`, variables(name));
    expect(stdout.trim()).toBe('function');
  });

  test('that was deployed wrong says where in its source it noticed', TIMEOUT, async () => {
    await expect(evaluate(load('dispatcher'), {})).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /environment variable JOBDECK_\w+ is not set(.|\n)*\/functions\/core\/platform\/env\.ts:\d+/,
      ),
    });
  });
});
