import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createChain } from '../../../functions/core/executors/flow/transforms/create-chain.ts';
import { openBundles } from '../../../lib/bundle.ts';
import { bundleFunctions } from '../../../lib/bundle-functions.ts';
import { bundleScripts, VALIDATING_FUNCTION } from '../../../lib/bundle-scripts.ts';
import { ensureFunctions } from '../../../lib/ensure-functions.ts';
import { FUNCTION_ENTRIES } from '../../../lib/function-entries.ts';
import { ensureBuild } from '../../../lib/local/build.ts';
import { startsProcesses } from '../../../lib/local/lambda/starts-processes.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { chunksOf } from '../../helpers/stack/chunks.ts';
import { fileHashes } from '../../helpers/stack/file-hashes.ts';
import { environment, synth, temporaryFolderOfFile } from '../../helpers/stack/synth.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const run = promisify(execFile);
/** Bundling or starting a process takes long on a busy machine. */
const TIMEOUT = { timeout: 240_000 };
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

/** Name of a chunk that a function imports: a name and a hash. */
const CHUNK = /-[0-9A-Z]{8}\.mjs$/;

/** Matches sources that no function loads when it starts. */
const S3_CLIENT = /node_modules\/@aws-sdk\/client-s3\//;
/** Loaded by the first request with a JWT. */
const JWT_VERIFIER = /node_modules\/aws-jwt-verify\//;
/** Loaded by the first request that sends a message. */
const SQS_CLIENT = /node_modules\/@aws-sdk\/(client-sqs|middleware-sdk-sqs)\//;
const ON_DEMAND = /node_modules\/(jsonata|@aws-sdk\/(client-kms|nested-clients|credential-provider-(?!env)))\//;

/** Maximum kilobytes of code that a function loads when it starts; 1 KB takes about 0.06 ms of CPU to parse. */
const MAX_START_KB: Readonly<Record<string, number>> = {
  'api-admin': 401,
  'api-integrations': 375,
  'api-flows': 412,
  'api-runner': 425,
  'api-pipelines': 409,
  dispatcher: 349,
  worker: 412,
  sweeper: 547,
};
const MAX_OTHER_START_KB = 337;

/** Lists the files of a function: its entry and the files that it imports. */
const filesOfFunction = (name: string, kind: 'static' | 'all' = 'all') => chunksOf(bundles.folder(name), kind);

function sourcesOf(name: string, chunk: string): readonly string[] {
  const map = JSON.parse(readFileSync(join(bundles.folder(name), `${chunk}.map`), 'utf8')) as { sources: string[] };
  return map.sources;
}

/** Evaluates JavaScript in a process with only these environment variables. */
const evaluate = (code: string, env: NodeJS.ProcessEnv) =>
  run(process.execPath, ['--input-type=module', '--eval', code], { env });

describe('bundles', () => {
  test('start processes only in the worker, although other functions have chunks too', () => {
    const starting = bundles.names.filter((name) => startsProcesses(join(bundles.folder(name), 'index.mjs')));

    expect(starting).toEqual(['worker']);
  });

  test('contain ES modules and their source maps for each function', () => {
    expect(bundles.names).toEqual(Object.keys(FUNCTION_ENTRIES));
    for (const name of bundles.names) {
      const files = filesOf(bundles.folder(name));
      const modules = files.filter((file) => file.endsWith('.mjs'));
      expect(modules).toContain('index.mjs');
      expect(files).toEqual(expect.arrayContaining(modules.map((file) => `${file}.map`)));
    }
  });

  test('contain the hosts of scripts, expressions and Parquet, the validator of payloads and all scripts beside the worker', () => {
    const modules = filesOf(bundles.folder('worker')).filter((file) => file.endsWith('.mjs') && !CHUNK.test(file));
    const beside = ['expression-host.mjs', 'parquet-host.mjs', 'script-host.mjs', 'validate-payload.mjs'];
    expect(modules).toEqual(['index.mjs', ...beside, ...scripts.map((name) => `scripts/${name}.mjs`)].sort());
    expect(scripts).toEqual(expect.arrayContaining(['echo', 'fail', 'sleep']));
  });

  test('evaluate expressions beside the worker', TIMEOUT, async () => {
    await using chain = createChain([{ type: 'map', to: '$sum($)' }], { directory: bundles.folder('worker') });

    expect((await chain.apply([[1, 2]], new AbortController().signal)).outputs).toEqual([{ value: 3, origin: 0 }]);
  });

  test('contain all of zod in scripts', TIMEOUT, async () => {
    const folder = temporaryFolderOfFile();
    const zod = JSON.stringify(join(projectRoot, 'node_modules/zod/index.js'));
    const code = `import { z } from ${zod};\nconsole.log(JSON.stringify(z.toJSONSchema(z.string())));\n`;
    writeFileSync(join(folder, 'schema.ts'), code);
    await bundleScripts(join(folder, 'out'), { root: projectRoot, folders: [folder] });

    const { stdout } = await run(process.execPath, [join(folder, 'out/worker/scripts/schema.mjs')]);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'string' });
  });

  test('describe the payloads of scripts by their schemas', TIMEOUT, async () => {
    const folder = temporaryFolderOfFile();
    const zod = JSON.stringify(join(projectRoot, 'node_modules/zod/index.js'));
    const script = (payload: string) =>
      `import { z } from ${zod};\nexport default { payload: ${payload}, run() {} };\n`;
    writeFileSync(join(folder, 'order.ts'), script('z.strictObject({ id: z.int(), size: z.number().default(1) })'));
    writeFileSync(join(folder, 'any.ts'), 'export default { run() {} };\n');
    writeFileSync(join(folder, 'optional.ts'), script('z.string().optional()'));
    writeFileSync(join(folder, 'day.ts'), script('z.date()'));
    await bundleScripts(join(folder, 'out'), { root: projectRoot, folders: [folder] });

    const file = join(folder, 'out', VALIDATING_FUNCTION, 'scripts.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject([
      { name: 'any' },
      // No JSON value is a date: the run fails with the reason.
      { name: 'day', payloadRequired: true },
      { name: 'optional', payload: { type: 'string' } },
      { name: 'order', payload: { properties: { id: { type: 'integer' } }, required: ['id'] }, payloadRequired: true },
    ]);
  });

  test('throw for an unknown function name and list the known ones', () => {
    expect(() => bundles.folder('wroker')).toThrow(/There is no function "wroker" to bundle. There are: .*\bworker\b/);
  });

  test('have the same bytes in any folder', TIMEOUT, async () => {
    const folder = temporaryFolder();

    // A function with chunks; its hosts, the validator of payloads and the page of the console are built too.
    await bundleFunctions(folder, ['worker']);

    const files = fileHashes(folder);
    for (const name of [
      'api-runner/validate-payload',
      'worker/validate-payload',
      'worker/index',
      'worker/script-host',
      'worker/expression-host',
      'worker/parquet-host',
    ]) {
      expect(files).toContainEqual(expect.stringContaining(`${name}.mjs `));
    }
    expect(files).toContainEqual(expect.stringMatching(/^worker\/.+-[0-9A-Z]{8}\.mjs /));
    expect(files).toContainEqual(expect.stringMatching(/^console\/site\/.+\.js /));
    expect(fileHashes(await ensureFunctions())).toEqual(expect.arrayContaining([...files]));
  });

  test('contain no path of the build machine', () => {
    for (const file of filesOf(out)) {
      const content = readFileSync(join(out, file), 'utf8');
      for (const path of [projectRoot, out, homedir()])
        expect(content.includes(`${path}/`), `${file}: ${path}`).toBe(false);
    }
  });

  test('have source maps that refer to project files', () => {
    const sources = filesOfFunction('worker').flatMap((file) => sourcesOf('worker', file));
    // Some packages publish source maps without the sources that these refer to. Modules of plugins have no file.
    const own = sources.filter((source) => !/node_modules\/|^[a-z-]+:/.test(source));
    expect(own).toContain('../../functions/worker/handler.ts');
    for (const source of own) expect(existsSync(resolve(projectRoot, 'bundles/worker', source)), source).toBe(true);
  });

  test('contain no documentation of routes, which only the OpenAPI document has', () => {
    for (const name of bundles.names.filter((name) => name.startsWith('api-'))) {
      for (const file of filesOfFunction(name)) {
        const code = readFileSync(join(bundles.folder(name), file), 'utf8');
        expect(code.match(/\bopenapi:|\bresponses:\(\)/g), `${name}/${file}`).toBeNull();
      }
    }
  });

  test.each(['flows', 'pipelines', 'runner'])(
    'load definitions, schedules and changes of the surface %s with the first request that needs them',
    (name) => {
      const deferred = (kind: 'static' | 'all') =>
        filesOfFunction(`api-${name}`, kind)
          .flatMap((chunk) => sourcesOf(`api-${name}`, chunk))
          .filter((source) => /definition-view\.ts$|schedule\/fires\.ts$|write-job\.ts$|trigger-job\.ts$/.test(source));

      expect(deferred('static')).toEqual([]);
      expect(deferred('all')).toHaveLength(4);
    },
  );

  test('contain one of the translations of zod', () => {
    for (const name of bundles.names.filter((name) => name.startsWith('api-'))) {
      const sources = filesOfFunction(name).flatMap((chunk) => sourcesOf(name, chunk));
      const translations = sources.filter((source) => source.includes('zod/v4/locales/'));

      expect([...new Set(translations.map((source) => basename(source)))], name).toEqual(['en.js']);
    }
  });

  test('load modules of Node.js without evaluating all their exports', () => {
    for (const file of filesOf(out).filter((name) => name.endsWith('.mjs'))) {
      const code = readFileSync(join(out, file), 'utf8');
      expect(code.match(/\b(from|import)\s*\(?"(node:[^"]+|[a-z/]+)"/g), file).toBeNull();
    }
  });

  test('import no module outside of themselves', () => {
    for (const name of bundles.names) {
      for (const chunk of filesOfFunction(name)) {
        const code = readFileSync(join(bundles.folder(name), chunk), 'utf8');
        for (const [, imported = ''] of code.matchAll(/\b(?:from|import)\(?"([\w@./:-]+)"/g)) {
          expect(filesOfFunction(name), `${name}/${chunk}`).toContain(imported.replace('./', ''));
        }
        // esbuild's shim for `require`, which throws; it exists for libraries that probe for `require`.
        const standIn = /([\w$]+)=\(\w+=>typeof require/.exec(code)?.[1];
        expect(code.includes('Dynamic require of'), name).toBe(standIn !== undefined);
        if (standIn !== undefined) expect(code.includes(`${standIn}("`), `${name}: ${standIn}`).toBe(false);
      }
    }
  });

  test.each(bundles.names)('keep the code that %s loads when it starts below its limit', (name) => {
    const bytes = filesOfFunction(name, 'static').map((file) => statSync(join(bundles.folder(name), file)).size);

    const kilobytes = bytes.reduce((sum, size) => sum + size, 0) / 1_024;
    expect(kilobytes).toBeLessThan(MAX_START_KB[name] ?? MAX_OTHER_START_KB);
  });

  test.each(bundles.names)('start %s with one chunk and what it shares with modules of packages on demand', (name) => {
    expect(filesOfFunction(name, 'static').length).toBeLessThanOrEqual(3);
  });

  test('read no configuration files of AWS, which a function does not have', () => {
    for (const name of bundles.names) {
      const sources = filesOfFunction(name).flatMap((file) => sourcesOf(name, file));
      expect(
        sources.filter((source) => /shared-ini-file-loader\/(readFile|parseIni)\.js$/.test(source)),
        name,
      ).toEqual([]);
    }
  });

  test('define no property with the name of each function', () => {
    for (const name of bundles.names) {
      for (const file of filesOfFunction(name))
        expect(readFileSync(join(bundles.folder(name), file), 'utf8'), `${name}/${file}`).not.toMatch(
          /\w+\((\w+),"name",\{value:\w+,configurable:!0\}\)/,
        );
    }
  });

  test.each(bundles.names)('load only on demand what few invocations of %s need', (name) => {
    const loaded = filesOfFunction(name, 'static').flatMap((chunk) => sourcesOf(name, chunk));
    // The sweeper runs every minute and purges objects.
    const onDemand = name === 'sweeper' ? [ON_DEMAND] : [ON_DEMAND, S3_CLIENT];
    if (name.startsWith('api-')) onDemand.push(SQS_CLIENT, JWT_VERIFIER);
    expect(loaded.filter((source) => onDemand.some((pattern) => pattern.test(source)))).toEqual([]);
  });
});

describe('deployed functions', () => {
  const variables = (name: string) => ({ ...environment(prod.fn(name)), AWS_REGION: 'eu-central-1' });
  const load = (name: string) => `const { handler } = await import('file://${bundles.folder(name)}/index.mjs');`;

  test.each(bundles.names)('%s starts with the environment of its template', TIMEOUT, async (name) => {
    const { stdout } = await evaluate(`${load(name)} console.log(typeof handler); process.exit();`, variables(name));
    expect(stdout.trim()).toBe('function');
  });

  test('report a configuration error with its source position', TIMEOUT, async () => {
    await expect(evaluate(load('dispatcher'), {})).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /environment variable JOBDECK_\w+ is not set(.|\n)*\/functions\/core\/platform\/env\.ts:\d+/,
      ),
    });
  });

  test('name functions in stack traces as in the source', TIMEOUT, async () => {
    await expect(evaluate(load('dispatcher'), {})).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /at requireEnv \(.*env\.ts:\d+:\d+\)\n +at createServices \(.*platform-services\.ts:\d+:\d+\)\n +at createPlatform \(.*platform\.ts/,
      ),
    });
  });

  test('read a source map only for a stack trace, and report an error without it', TIMEOUT, async () => {
    const folder = temporaryFolderOfFile();
    for (const chunk of filesOfFunction('dispatcher'))
      copyFileSync(join(bundles.folder('dispatcher'), chunk), join(folder, chunk));
    const start = `const { handler } = await import('file://${folder}/index.mjs'); console.log(typeof handler); process.exit();`;

    expect((await evaluate(start, variables('dispatcher'))).stdout.trim()).toBe('function');
    await expect(evaluate(start, {})).rejects.toMatchObject({
      stderr: expect.stringMatching(/environment variable JOBDECK_\w+ is not set(.|\n)*\/index\.mjs:\d+/),
    });
  });
});
