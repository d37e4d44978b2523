import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureFunctions } from '../../lib/ensure-functions.ts';
import { freePort } from '../../lib/local/support/http.ts';
import { projectRoot } from '../../lib/project-root.ts';
import { fileHashes } from '../helpers/stack/file-hashes.ts';
import { waitUntil } from '../helpers/wait.ts';

/** A team's project outside of the repository, with the packed and installed package. */

const run = promisify(execFile);
/** Compiles the package, and bundles the functions if no other process has done so. */
const PACK_TIMEOUT_MS = 600_000;

let root: string;
let installed: string;
let port: number;
/** Output of `jobdeck init`. */
let initialization: string;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'jobdeck-package-')));
  installed = join(root, 'node_modules/jobdeck');
  port = await freePort();
  await run('npm', ['pack', '--silent', '--pack-destination', root], { cwd: projectRoot });
  const tarball = readdirSync(root).find((name) => name.endsWith('.tgz')) ?? '';
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', join(root, tarball), '-C', installed, '--strip-components=1']);
  rmSync(join(root, tarball));
  const own = readManifest(installed);
  linkPackages(Object.keys({ ...own.dependencies, ...own.optionalDependencies, ...own.peerDependencies }));
  initialization = await jobdeck('init');
  linkPackages(Object.keys(readManifest(root).devDependencies));
}, PACK_TIMEOUT_MS);
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const readManifest = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/**
 * Links packages into the project. `npm install` of the tarball asks a registry for the packages that it depends on, and tests
 * use the loopback network only: the tarball is unpacked, and the packages are those of the repository. Their
 * own dependencies are found there, because Node.js resolves links. Other packages of the repository are not found.
 */
function linkPackages(names: readonly string[]): void {
  for (const name of names) {
    const link = join(root, 'node_modules', name);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(projectRoot, 'node_modules', name), link);
  }
}

const environment = () => {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, NODE_COMPILE_CACHE, HOME: root, JOBDECK_PORT: String(port) };
};
const command = (args: readonly string[]) => [join(installed, 'bin/jobdeck-cli.mjs'), ...args];

/** Returns the output of a successful command in the project. */
async function jobdeck(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, command(args), { cwd: root, env: environment() });
  return stdout;
}

/** Lists the files of the installed package. */
const installedFiles = () =>
  readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const write = (file: string, text: string) => writeFileSync(join(root, file), text);
const script = (text: string) =>
  `import { defineScript } from 'jobdeck';\nexport default defineScript({ run: ({ log }) => log.info('${text}') });\n`;

interface Dev {
  readonly child: ChildProcess;
  output(): string;
  /** Waits for a text that is printed after the call. */
  prints(text: string, action?: () => void): Promise<void>;
}

function startDev(): Dev {
  const child = spawn(process.execPath, command(['dev']), {
    cwd: root,
    env: environment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    output: () => output,
    async prints(text, action = () => {}) {
      const start = output.length;
      action();
      const hasPrinted = () => output.includes(text, start) || child.exitCode !== null;
      await waitUntil(hasPrinted, { timeoutMs: 120_000, what: `the output ${text}` });
      expect(output.slice(start)).toContain(text);
    },
  };
}

it('contains no path of the repository, no test and no source of the console', () => {
  const files = installedFiles();
  const texts = files.filter((file) => /\.(js|mjs|json|ts|map|html)$/.test(file));

  expect(texts.filter((file) => readFileSync(file, 'utf8').includes(projectRoot))).toEqual([]);
  const names = files.map((file) => relative(installed, file));
  expect(names.filter((name) => /(?<!template\/test\/hello)\.test\.|^test\/|\.tsx$/.test(name))).toEqual([]);
});

it('serves agents with the SDK that it contains, and has the licenses of the packages whose code it contains', async () => {
  const child = spawn(process.execPath, command(['mcp']), { cwd: root, env: environment(), stdio: 'pipe' });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' })}\n`);
  await waitUntil(() => out.split('\n').length > 2 || child.exitCode !== null, { what: 'the list of tools' });
  child.stdin.end();
  await once(child, 'exit');

  expect(out).toContain('"name":"list_jobs"');
  expect(Object.keys(readManifest(installed).dependencies)).not.toContain('@modelcontextprotocol/sdk');
  const notices = readFileSync(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of ['@modelcontextprotocol/sdk', 'ajv', '@aws-sdk/client-dynamodb', 'jsonata', 'preact']) {
    expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
  }
});

it('contains the functions that the local system runs, byte by byte', async () => {
  const shipped = fileHashes(join(installed, 'dist/bundles'));
  const local = fileHashes(await ensureFunctions());

  expect(shipped).toContainEqual(expect.stringMatching(/^worker\/index\.mjs /));
  expect(shipped).toEqual(local);
});

it('synthesizes a stage without an account, with the scripts in the code of the worker', {
  timeout: 300_000,
}, async () => {
  await jobdeck('synth', '--stage', 'prod');

  const assembly = join(root, '.jobdeck/cdk.out/prod');
  const stacks = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  expect(stacks.length).toBeGreaterThan(0);
  const assets = stacks.flatMap((file) => {
    const { Resources } = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as {
      readonly Resources: Readonly<Record<string, { readonly Metadata?: Readonly<Record<string, string>> }>>;
    };
    return Object.values(Resources).flatMap(({ Metadata }) => Metadata?.['aws:asset:path'] ?? []);
  });
  const scripts = assets.map((asset) => join(assembly, asset, 'scripts/hello.mjs')).filter((file) => existsSync(file));
  expect(scripts).toHaveLength(1);
  expect(readFileSync(scripts[0] ?? '', 'utf8')).toContain('This is greeting');
});

it('makes a project, runs it and uses a changed script at once', { timeout: 300_000 }, async () => {
  const shipped = installedFiles();
  expect(initialization).toContain('npx jobdeck dev');
  write('scripts/wrong.ts', script('wrong').replace("'wrong'", 'undefined.x'));
  const dev = startDev();
  try {
    await dev.prints('[tsc] scripts/wrong.ts(2,');
    await waitUntil(() => dev.output().includes('Jobdeck is ready'), { what: 'readiness' });
    await waitUntil(() => dev.output().includes("Created the job 'hello'."), { what: 'the definition of the job' });
    expect(await jobdeck('apply', '--yes')).toContain('1 unchanged');
    expect(await jobdeck('trigger', 'hello')).toMatch(/^Hello, Ada! This is greeting \d+\./);

    await dev.prints("Built the script 'hello'", () => write('scripts/hello.ts', script('changed')));
    expect(await jobdeck('trigger', 'hello')).toBe('changed\n');

    await dev.prints('scripts/hello.ts:1:', () => write('scripts/hello.ts', 'export default {{'));
    expect(await jobdeck('trigger', 'hello')).toBe('changed\n');

    write('jobs/hello.ts', 'export default [];');
    write('scripts/hello.ts', script('unused'));
    expect(await jobdeck('apply', '--prune', '--dry-run')).toMatch(/hello/);
    expect(await jobdeck('jobs', 'list')).toMatch(/hello/);
  } finally {
    // As Ctrl-C does: to the whole process group.
    process.kill(-(dev.child.pid ?? 0), 'SIGINT');
    await once(dev.child, 'exit');
  }
  expect(dev.child.exitCode, dev.output()).toBe(0);
  expect(readdirSync(join(root, '.jobdeck')).sort()).toEqual(expect.arrayContaining(['assemblies', 'data']));
  expect(installedFiles()).toEqual(shipped);
  expect(dirname(installed)).toBe(join(root, 'node_modules'));
});
