import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../project-root.ts';
import { CONFIG_FILE } from './find-project.ts';
import { findPackageSpec } from './package-spec.ts';
import { ProjectError } from './project-error.ts';
import { toProjectName, validateProjectName } from './project-name.ts';

/**
 * Files of a new project. A `_` in front of a name is removed: npm omits a `.gitignore` from packages, and tools would read
 * the other files here.
 */
const TEMPLATE = fileURLToPath(new URL('./template', import.meta.url));
const RENAMED: Readonly<Record<string, string>> = { _gitignore: '.gitignore' };

const MANIFEST = 'package.json';
const CONFIG_START = 'defineConfig({';
/** Packages of a new project, the peers of this package included, in the versions that this package is tested with. */
const DEV_DEPENDENCIES = ['@types/node', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'node', 'typescript'];
const NPM_DEFAULT_TEST = 'echo "Error: no test specified" && exit 1';
const SCRIPTS = { dev: 'jobdeck dev', test: "node --test 'test/**/*.test.ts'", typecheck: 'tsc' };
/** Packages whose installation runs a script: npm asks for the permission. */
const ALLOWED_SCRIPTS = { esbuild: true, node: true };

type Manifest = Readonly<Record<string, unknown>>;

export interface InitializedProject {
  /** The files that were written, relative to the folder and sorted. */
  readonly files: readonly string[];
  /** Changes that the author of the project has to make. */
  readonly warnings: readonly string[];
}

/**
 * Makes a project in a folder. An existing `package.json` gets what it lacks and keeps everything else, except for the
 * defaults of `npm init`: its failing test, and the type `commonjs` if the folder has no source files.
 *
 * @param folder created if missing
 * @throws ProjectError if another file exists, before anything is written
 */
export async function initProject(folder: string): Promise<InitializedProject> {
  const root = resolve(folder);
  const files = await templateFiles();
  const existing = [...files.keys()].filter((file) => existsSync(join(root, file)));
  if (existing.length > 0) {
    throw new ProjectError(`Nothing was written, because these files exist in ${root}: ${existing.join(', ')}`);
  }
  const before = await readManifest(root);
  const present = before === undefined ? { name: packageName(root), private: true } : parseManifest(root, before);
  const packaged = typeof present.name === 'string' ? present.name : packageName(root);
  const name = validateProjectName(toProjectName(packaged), MANIFEST);
  files.set(CONFIG_FILE, (files.get(CONFIG_FILE) ?? '').replace(CONFIG_START, `${CONFIG_START}\n  name: '${name}',`));
  const source = await findDependentSource(root, present.type);
  const type = source === undefined ? 'module' : present.type;
  files.set(MANIFEST, formatManifest(await completeManifest(root, present, type), before));
  for (const [file, content] of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    // Fails if the file has been created in the meantime.
    await writeFile(join(root, file), content, { flag: file === MANIFEST ? 'w' : 'wx' });
  }
  return { files: [...files.keys()].sort(), warnings: source === undefined ? [] : [typeWarning(source)] };
}

/**
 * Finds a source file that Node.js may load differently if the type of the package becomes `module`.
 *
 * @param type present type of the package
 * @returns path relative to `root`; `undefined` if the type is `module` already or no file depends on it
 */
async function findDependentSource(root: string, type: unknown): Promise<string | undefined> {
  return type === 'module' || !existsSync(root) ? undefined : findSource(root, '');
}

async function findSource(root: string, folder: string): Promise<string | undefined> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const source = entries.find((entry) => entry.isFile() && /\.(js|jsx|ts|tsx|cjs)$/.test(entry.name));
  if (source) return join(folder, source.name);
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    if (name === 'node_modules' || name.startsWith('.')) continue;
    const found = await findSource(root, join(folder, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

const typeWarning = (source: string) =>
  `${MANIFEST} keeps its type, because ${source} may depend on it. The scripts, jobs and tests of the project are ES ` +
  'modules and do not run yet. Set "type": "module" in package.json, and rename CommonJS files to .cjs.';

/** Returns the content of each file by its path in a project. */
async function templateFiles(): Promise<Map<string, string>> {
  const entries = await readdir(TEMPLATE, { withFileTypes: true, recursive: true });
  const sources = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const targetOf = (name: string) => RENAMED[name] ?? name.replace(/^_/, '');
  return new Map(
    await Promise.all(
      sources.map(async (source): Promise<[string, string]> => {
        const target = join(relative(TEMPLATE, dirname(source)), targetOf(basename(source)));
        return [target, await readFile(source, 'utf8')];
      }),
    ),
  );
}

async function readManifest(root: string): Promise<string | undefined> {
  const path = join(root, MANIFEST);
  return existsSync(path) ? readFile(path, 'utf8') : undefined;
}

/** Returns the manifest with what it lacks. */
async function completeManifest(root: string, present: Manifest, type: unknown): Promise<Manifest> {
  const own = JSON.parse(await readFile(join(projectRoot, MANIFEST), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const dependencies = { jobdeck: await findPackageSpec(root) };
  const devDependencies = Object.fromEntries(DEV_DEPENDENCIES.map((name) => [name, own.devDependencies[name]]));
  return {
    ...present,
    type,
    scripts: addMissing(withoutDefaultTest(present.scripts), SCRIPTS),
    dependencies: isDeclared(present.devDependencies, 'jobdeck')
      ? present.dependencies
      : addMissing(present.dependencies, dependencies),
    devDependencies: addMissing(
      present.devDependencies,
      Object.fromEntries(Object.entries(devDependencies).filter(([name]) => !isDeclared(present.dependencies, name))),
    ),
    allowScripts: addMissing(present.allowScripts, ALLOWED_SCRIPTS),
  };
}

function withoutDefaultTest(scripts: unknown): unknown {
  if (!isObject(scripts) || scripts.test !== NPM_DEFAULT_TEST) return scripts;
  const { test: _, ...others } = scripts;
  return others;
}

/** Returns the text of a manifest with the indentation of the previous text. */
function formatManifest(manifest: Manifest, before: string | undefined): string {
  const indent = /^\{\r?\n([ \t]+)/.exec(before ?? '')?.[1] ?? '  ';
  return `${JSON.stringify(manifest, null, indent)}\n`;
}

function parseManifest(root: string, text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProjectError(`${join(root, MANIFEST)} is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Manifest;
  throw new ProjectError(`${join(root, MANIFEST)} must be a JSON object`);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isDeclared = (dependencies: unknown, name: string) => isObject(dependencies) && name in dependencies;
const addMissing = (present: unknown, additions: object) => ({ ...additions, ...(isObject(present) && present) });

/** Returns the name of the folder in the characters that npm permits. */
function packageName(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '');
  return name === '' ? 'jobs' : name;
}
