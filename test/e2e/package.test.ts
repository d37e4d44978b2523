import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
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
import { freePort } from '../../lib/local/support/http.ts';
import { projectRoot } from '../../lib/project-root.ts';
import { waitUntil } from '../helpers/wait.ts';

/** A team's project outside of the repository, with the packed and installed package. */

const run = promisify(execFile);
/** Bundles all functions. */
const PACK_TIMEOUT_MS = 600_000;

let root: string;
let installed: string;
let port: number;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'jobdeck-package-')));
  installed = join(root, 'node_modules/jobdeck');
  port = await freePort();
  await run('npm', ['pack', '--silent', '--pack-destination', root], { cwd: projectRoot });
  const tarball = readdirSync(root).find((name) => name.endsWith('.tgz')) ?? '';
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', join(root, tarball), '-C', installed, '--strip-components=1']);
  rmSync(join(root, tarball));
  linkPackages(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
}, PACK_TIMEOUT_MS);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Tests use the loopback network only, so the dependencies are links to installed packages. */
function linkPackages(from: string, to: string): void {
  for (const name of readdirSync(from).filter((entry) => !entry.startsWith('.') && entry !== 'jobdeck')) {
    if (!name.startsWith('@')) symlinkSync(join(from, name), join(to, name));
    else {
      mkdirSync(join(to, name));
      linkPackages(join(from, name), join(to, name));
    }
  }
}

const environment = () => ({ PATH: process.env.PATH, HOME: root, JOBDECK_PORT: String(port) });
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

it('makes a project, runs it and uses a changed script at once', { timeout: 300_000 }, async () => {
  const shipped = installedFiles();
  expect(await jobdeck('init')).toContain('npx jobdeck dev');
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

    rmSync(join(root, 'jobs/hello.ts'));
    write('scripts/hello.ts', script('unused'));
    expect(await jobdeck('apply', '--prune', '--dry-run')).toMatch(/hello/);
    expect(await jobdeck('jobs', 'list')).toMatch(/hello/);
  } finally {
    // As Ctrl-C does: to the whole process group.
    process.kill(-(dev.child.pid ?? 0), 'SIGINT');
    await once(dev.child, 'exit');
  }
  expect(dev.child.exitCode, dev.output()).toBe(0);
  expect(readdirSync(join(root, '.jobdeck')).sort()).toEqual(['assemblies', 'data']);
  expect(installedFiles()).toEqual(shipped);
  expect(dirname(installed)).toBe(join(root, 'node_modules'));
});
