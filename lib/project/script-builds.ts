import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { parseScriptName } from '../../functions/core/domain/script-name.ts';
import { SCRIPTS_FILE } from '../../functions/core/platform/known-scripts.ts';
import { bundleOptions } from '../bundle-options.ts';
import { describeScripts } from '../describe-scripts.ts';
import { explainOtherSources, sourceFiles } from '../source-files.ts';
import { explainBuildFailure } from './load-project.ts';

/** npm replaces this file when it installs a package. */
const INSTALLED_PACKAGES = 'node_modules/.package-lock.json';

/** Milliseconds by which the time of a file may differ from that of this process. */
const FILE_TIME_TOLERANCE_MS = 50;

export interface ScriptBuildsOptions {
  /** Folder of the project. */
  readonly root: string;
  /** Folder of the scripts, relative to `root`. */
  readonly scriptsFolder: string;
  /** Code of the worker, which validates the payloads of runs that scripts start. */
  readonly workerFolder: string;
  /** Code of the function that validates the script of a job. */
  readonly validatorFolder: string;
}

/** The result of an update, by names of scripts. */
export interface ScriptChanges {
  /** Scripts whose code is new or has changed. */
  readonly built: readonly string[];
  readonly removed: readonly string[];
  /** Scripts that failed with another error than before. They keep their previous code. */
  readonly failed: readonly { readonly script: string; readonly message: string }[];
  /** Messages about scripts whose code is used, but whose description or schema is unknown, which were not reported before. */
  readonly undescribed: readonly string[];
  /** Messages about source files that are not read, which were not reported before. */
  readonly unread: readonly string[];
}

/** The most recent build of a script. */
interface ScriptBuild {
  /** State of each source file, by path, before it was read. `undefined` if the file changed during the build. */
  readonly sources: ReadonlyMap<string, string | undefined>;
  readonly failure?: string;
}

/** Builds the scripts of a project for a worker that may be running. */
export class ScriptBuilds {
  readonly #options: ScriptBuildsOptions;
  readonly #builds = new Map<string, ScriptBuild>();
  #unread: readonly string[] = [];
  #undescribed: readonly string[] = [];
  /** The list of the scripts has been written. */
  #isListed = false;

  constructor(options: ScriptBuildsOptions) {
    this.#options = options;
  }

  /**
   * Builds the scripts whose sources have changed since the previous call, and removes those without a source. Each file is
   * replaced at once, so that a run has either the old or the new code. A script that does not compile keeps its previous
   * code. Calls must not overlap.
   */
  async update(): Promise<ScriptChanges> {
    const { root, scriptsFolder, workerFolder } = this.#options;
    const folder = join(workerFolder, 'scripts');
    await mkdir(folder, { recursive: true });
    const files = await sourceFiles(root, scriptsFolder);
    const names = new Set(files.map(nameOf));
    const built: string[] = [];
    const failed: { script: string; message: string }[] = [];
    await Promise.all(
      files.map(async (file) => {
        const script = nameOf(file);
        const previous = this.#builds.get(script);
        if (previous && isCurrent(previous)) return;
        const { code, ...result } = await buildScript(root, file);
        this.#builds.set(script, result);
        if (result.failure !== undefined && result.failure !== previous?.failure) {
          failed.push({ script, message: result.failure });
        }
        if (code !== undefined && (await replaceFile(join(folder, `${script}.mjs`), code))) built.push(script);
      }),
    );
    const removed = await this.#removeOthers(folder, names);
    const present = [...names].filter((name) => existsSync(join(folder, `${name}.mjs`))).sort();
    const isListOld = !this.#isListed || built.length + removed.length > 0;
    const undescribed = isListOld ? await this.#writeList(folder, present) : [];
    return { built: built.sort(), removed, failed, undescribed, unread: await this.#findUnread() };
  }

  async #findUnread(): Promise<readonly string[]> {
    const { root, scriptsFolder } = this.#options;
    const reported = this.#unread;
    this.#unread = await explainOtherSources(root, scriptsFolder);
    return this.#unread.filter((message) => !reported.includes(message));
  }

  async #removeOthers(folder: string, names: ReadonlySet<string>): Promise<readonly string[]> {
    for (const name of this.#builds.keys()) if (!names.has(name)) this.#builds.delete(name);
    const present = await readdir(folder);
    const others = present.filter((file) => !(file.endsWith('.mjs') && names.has(basename(file, '.mjs'))));
    await Promise.all(others.map((file) => rm(join(folder, file), { force: true })));
    return others.filter((file) => file.endsWith('.mjs')).map((file) => basename(file, '.mjs'));
  }

  /** @returns messages, not reported before, about the scripts that are listed without a description or a schema */
  async #writeList(folder: string, names: readonly string[]): Promise<readonly string[]> {
    const { scripts, errors } = await describeScripts(
      new Map(names.map((name) => [name, join(folder, `${name}.mjs`)])),
    );
    for (const reader of [this.#options.validatorFolder, this.#options.workerFolder]) {
      await mkdir(reader, { recursive: true });
      await replaceFile(join(reader, SCRIPTS_FILE), Buffer.from(`${JSON.stringify(scripts)}\n`));
    }
    this.#isListed = true;
    const reported = this.#undescribed;
    this.#undescribed = errors.map(({ message }) => message);
    return this.#undescribed.filter((message) => !reported.includes(message));
  }
}

const nameOf = (file: string) => basename(file, '.ts');

/** @returns the build and the code, which is absent after a failure */
async function buildScript(root: string, file: string): Promise<ScriptBuild & { readonly code?: Uint8Array }> {
  const startedAt = Date.now();
  const paths = new Set([file, 'tsconfig.json', INSTALLED_PACKAGES].map((path) => resolve(root, path)));
  const name = nameOf(file);
  const options = bundleOptions(root);
  try {
    if (parseScriptName(name) !== name) {
      throw new Error(`${file}: the name of a script must be of A–Z a–z 0–9 _ -, a letter or digit first`);
    }
    const { outputFiles, metafile } = await build({
      ...options,
      plugins: [recordImports(paths), ...options.plugins],
      entryPoints: [{ in: file, out: name }],
      // One file, which is replaced at once.
      sourcemap: 'inline',
      metafile: true,
      logLevel: 'silent',
    });
    for (const input of inputsOf(metafile)) paths.add(resolve(root, input));
    if (!Object.values(metafile.outputs).some(({ exports }) => exports.includes('default'))) {
      throw new Error(`${file}: has no default export; write \`export default defineScript({ … })\``);
    }
    const [output] = outputFiles;
    return { sources: statesOf(paths, startedAt), ...(output && { code: output.contents }) };
  } catch (error) {
    return { sources: statesOf(paths, startedAt), failure: await explainBuildFailure(error) };
  }
}

/** Lists the project's own files of a build. */
const inputsOf = (metafile: Metafile) => Object.keys(metafile.inputs).filter(isOwn);

/** @returns whether a path leads to a file of a project, and not of a package or a plugin */
const isOwn = (path: string) => !path.includes('node_modules') && !/^[a-z-]{2,}:/.test(path);

/** Adds the files that a script imports, also those that do not exist. */
const recordImports = (paths: Set<string>): Plugin => ({
  name: 'record-imports',
  setup(host) {
    host.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path);
      if (isOwn(file)) for (const candidate of [file, `${file}.ts`]) paths.add(candidate);
      return undefined;
    });
  },
});

const isCurrent = ({ sources }: ScriptBuild) => [...sources].every(([path, state]) => stateOf(path) === state);

function statesOf(paths: Iterable<string>, startedAt: number): ReadonlyMap<string, string | undefined> {
  const now = Date.now();
  const changedDuringBuild = (time: number) =>
    time >= startedAt - FILE_TIME_TOLERANCE_MS && time <= now + FILE_TIME_TOLERANCE_MS;
  return new Map(
    [...paths].map((path) => {
      const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      return [path, changedAt !== undefined && changedDuringBuild(changedAt) ? undefined : stateOf(path)];
    }),
  );
}

/** Returns a text that differs if the file has changed. */
function stateOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 'missing' : `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
}

/**
 * Replaces a file atomically unless it has the content already.
 *
 * @returns whether the content is new
 */
async function replaceFile(path: string, content: Uint8Array): Promise<boolean> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(content)) return false;
  // Another process may remove what does not belong to the folder.
  const draft = join(dirname(path), '..', `draft-${randomUUID()}`);
  await writeFile(draft, content);
  await rename(draft, path);
  return true;
}
