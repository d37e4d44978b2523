import { existsSync, realpathSync, statSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildFailure, build, formatMessages } from 'esbuild';
import { parseScriptName } from '../../functions/core/domain/script-name.ts';
import { explainOtherSources, nestedSourceFiles, sourceFiles } from '../source-files.ts';
import type { CalendarDefinition } from './define-calendar.ts';
import type { ProjectConfig } from './define-config.ts';
import type { HookDefinition } from './define-hook.ts';
import type { Declaration, JobDefinition, JobFile, JobInput, ScriptWithInput } from './define-job.ts';
import { CONFIG_FILE, WORK_FOLDER } from './find-project.ts';
import { ProjectError } from './project-error.ts';
import { toProjectName, validateProjectName } from './project-name.ts';

/** The configuration of a project with all defaults. */
export interface ProjectConfiguration {
  /** Absolute path of its folder. */
  readonly root: string;
  readonly name: string;
  readonly stages: NonNullable<ProjectConfig['stages']>;
  /** Folder of the scripts, relative to `root`. */
  readonly scriptsFolder: string;
  /** Folder of the jobs, relative to `root`. */
  readonly jobsFolder: string;
}

/** A project that has been loaded. */
export interface Project extends ProjectConfiguration {
  /** The project's own files that have been evaluated, imported modules included, relative to `root`. */
  readonly sources: readonly string[];
  /** Files that declare jobs, relative to `root`, sorted. */
  readonly jobFiles: readonly string[];
  /** Names of the scripts, sorted. */
  readonly scripts: readonly string[];
  /**
   * Returns the jobs of a tenant as the API receives them, sorted by id.
   *
   * @throws ProjectError for a job whose script is not part of the project, or for two jobs with the same id
   */
  readonly jobs: (tenant: string) => readonly JobInput[];
  /** Returns the jobs like `jobs`, each with the file that declares it, relative to `root`. */
  readonly jobsWithFiles: (tenant: string) => readonly JobOfFile[];
  /**
   * Returns the calendars of a tenant, sorted by name, each with the file that declares it.
   *
   * @throws ProjectError like `jobs`, also for two calendars with the same name
   */
  readonly calendars: (tenant: string) => readonly CalendarOfFile[];
  /**
   * Returns the hooks of a tenant, sorted by name, each with the file that declares it.
   *
   * @throws ProjectError like `jobs`, also for two hooks with the same name
   */
  readonly hooks: (tenant: string) => readonly HookOfFile[];
  /** Folder of the jobs, relative to `root`. */
  readonly jobsFolder: string;
}

/** A hook and the file that declares it. */
export interface HookOfFile {
  readonly file: string;
  readonly hook: HookDefinition;
}

/** A calendar and the file that declares it. */
export interface CalendarOfFile {
  readonly file: string;
  readonly calendar: CalendarDefinition;
}

/** A job and the file that declares it. */
export interface JobOfFile {
  readonly file: string;
  readonly job: JobInput;
}

/** Modules of the generated entry point. */
interface Modules {
  readonly config: { readonly default?: ProjectConfig };
  readonly scripts: Readonly<Record<string, { readonly default?: unknown }>>;
  readonly jobs: Readonly<Record<string, { readonly default?: JobFile }>>;
}

/**
 * Loads the configuration of a project, without its scripts and jobs.
 *
 * @param root folder of the project
 * @throws ProjectError if `jobdeck.config.ts` does not compile, cannot be loaded or does not export what it should,
 * or if a folder that it names does not exist
 */
export async function loadConfiguration(root: string): Promise<ProjectConfiguration> {
  const { config } = (await evaluate(root, [], [])).modules;
  const settings = requireExport(CONFIG_FILE, config.default, 'defineConfig');
  return {
    root,
    name: validateProjectName(settings.name ?? (await packageName(root)), CONFIG_FILE),
    stages: settings.stages ?? {},
    scriptsFolder: validateFolder(root, 'scripts', settings.scripts),
    jobsFolder: validateFolder(root, 'jobs', settings.jobs),
  };
}

/** @returns the folder; by default that with the name of the setting, which need not exist */
function validateFolder(root: string, setting: 'scripts' | 'jobs', folder: string | undefined): string {
  const stats = statSync(resolve(root, folder ?? setting), { throwIfNoEntry: false });
  if (stats === undefined ? folder === undefined : stats.isDirectory()) return folder ?? setting;
  throw new ProjectError(`${CONFIG_FILE}: ${setting} must be an existing folder, got '${folder ?? setting}'`);
}

/**
 * Loads a project: evaluates its configuration, its scripts and its jobs.
 *
 * @param root folder of the project
 * @throws ProjectError if a file does not compile, cannot be loaded or does not export what it should
 */
export async function loadProject(root: string): Promise<Project> {
  // The configuration says where the other files are.
  const configuration = await loadConfiguration(root);
  const { scriptsFolder, jobsFolder } = configuration;
  const scriptFiles = await sourceFiles(root, scriptsFolder);
  const jobFiles = await sourceFiles(root, jobsFolder);
  const nested = (await nestedSourceFiles(root, jobsFolder)).filter((file) => !file.startsWith(`${scriptsFolder}/`));
  if (nested.length > 0) {
    throw new ProjectError(
      `${nested.join(', ')}: a file in a subfolder of ${jobsFolder} is not read; move it to ${jobsFolder}, or out of it if ` +
        'it declares no job',
    );
  }
  const unread = [
    ...(await explainOtherSources(root, scriptsFolder)),
    ...(await explainOtherSources(root, jobsFolder)),
  ];
  if (unread.length > 0) throw new ProjectError(unread.join('\n'));
  for (const file of scriptFiles) {
    if (parseScriptName(nameOf(file)) !== nameOf(file)) {
      throw new ProjectError(`${file}: the name of a script must be of A–Z a–z 0–9 _ -, a letter or digit first`);
    }
  }
  const { modules, sources } = await evaluate(root, scriptFiles, jobFiles);
  const names = new Map<unknown, string>();
  for (const [file, module] of Object.entries(modules.scripts)) {
    const script = requireExport(file, module.default, 'defineScript');
    if (typeof (script as Partial<ScriptWithInput<never>>).run !== 'function') {
      throw new ProjectError(`${file}: its default export has no function run(); declare it with defineScript`);
    }
    names.set(script, nameOf(file));
  }
  return {
    ...configuration,
    sources,
    jobFiles,
    scripts: scriptFiles.map(nameOf),
    jobs: (tenant) => declarationsOf(tenant, modules.jobs, names).jobs.map(({ job }) => job),
    jobsWithFiles: (tenant) => declarationsOf(tenant, modules.jobs, names).jobs,
    calendars: (tenant) => declarationsOf(tenant, modules.jobs, names).calendars,
    hooks: (tenant) => declarationsOf(tenant, modules.jobs, names).hooks,
    jobsFolder,
  };
}

const nameOf = (file: string) => basename(file, '.ts');

function requireExport<Value>(file: string, value: Value | undefined, helper: string): Value {
  if (typeof value === 'object' && value !== null) return value;
  throw noDefaultExport(file, `${helper}({ … })`);
}

const noDefaultExport = (file: string, value: string) =>
  new ProjectError(`${file}: has no default export; write \`export default ${value}\``);

/** Returns the name in `package.json`, or that of the folder, in the characters that a project's name may have. */
async function packageName(root: string): Promise<string> {
  const file = join(root, 'package.json');
  const { name } = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as { name?: string }) : {};
  return toProjectName(name ?? basename(root));
}

/**
 * Bundles the files into one module and imports it. In one module a script that a job imports is the same object as the
 * script of its file. Packages are not bundled.
 */
async function evaluate(
  root: string,
  scripts: readonly string[],
  jobs: readonly string[],
): Promise<{ readonly modules: Modules; readonly sources: readonly string[] }> {
  const list = (files: readonly string[], prefix: string) =>
    `{ ${files.map((file, i) => `${JSON.stringify(file)}: ${prefix}${i}`).join(', ')} }`;
  const contents = [
    `import * as config from './${CONFIG_FILE}';`,
    ...scripts.map((file, i) => `import * as script${i} from './${file}';`),
    ...jobs.map((file, i) => `import * as job${i} from './${file}';`),
    `export { config };`,
    `export const scripts = ${list(scripts, 'script')};`,
    `export const jobs = ${list(jobs, 'job')};`,
  ].join('\n');
  const output = await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root, sourcefile: 'project.ts', loader: 'ts' },
    bundle: true,
    write: false,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: 'inline',
    logLevel: 'silent',
    metafile: true,
  }).catch(async (error: unknown) => {
    throw new ProjectError(await explainBuildFailure(error), { cause: error });
  });
  for (const file of [CONFIG_FILE, ...scripts, ...jobs]) {
    // A file that exports nothing would have an empty object as its default export.
    if (output.metafile.inputs[inputOf(root, file)]?.format !== 'esm') throw noDefaultExport(file, '…');
  }
  const folder = join(root, WORK_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // A new name, because Node.js caches modules by their URL.
  const file = join(folder, `project-${process.pid}-${process.hrtime.bigint()}.mjs`);
  await writeFile(file, output.outputFiles[0]?.contents ?? '');
  try {
    const modules = (await import(pathToFileURL(file).href)) as Modules;
    return { modules, sources: Object.keys(output.metafile.inputs) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The file has another name each time, and is removed.
    const explanation = message.replaceAll(pathToFileURL(file).href, root).replaceAll(file, root);
    throw new ProjectError(`The project cannot be loaded: ${explanation}`, { cause: error });
  } finally {
    await rm(file, { force: true });
  }
}

/** Returns the path of a file in the metafile of esbuild, which replaces symbolic links by their targets. */
const inputOf = (root: string, file: string) =>
  relative(realpathSync(root), realpathSync(join(root, file))).replaceAll(sep, '/');

/** Formats the errors of esbuild with their positions. */
export async function explainBuildFailure(error: unknown): Promise<string> {
  const { errors } = error as Partial<BuildFailure>;
  if (!errors) return error instanceof Error ? error.message : String(error);
  return (await formatMessages(errors, { kind: 'error' })).join('').trim();
}

/** Declarations of the files of a project for a tenant. */
interface Declarations {
  /** Sorted by id. */
  readonly jobs: readonly JobOfFile[];
  /** Sorted by name. */
  readonly calendars: readonly CalendarOfFile[];
  /** Sorted by name. */
  readonly hooks: readonly HookOfFile[];
}

function declarationsOf(tenant: string, modules: Modules['jobs'], scripts: ReadonlyMap<unknown, string>): Declarations {
  const jobs = new Map<string, JobOfFile>();
  const calendars = new Map<string, CalendarOfFile>();
  const hooks = new Map<string, HookOfFile>();
  for (const [file, { default: exported }] of Object.entries(modules)) {
    if (exported === undefined || exported === null) {
      throw noDefaultExport(file, 'defineJob({ … })');
    }
    const definitions = typeof exported === 'function' ? exported(tenant) : exported;
    for (const definition of [definitions].flat() as readonly Declaration[]) {
      if (isHook(definition)) {
        const { name } = definition;
        const other = hooks.get(name);
        if (other) throw new ProjectError(`${file}: the name '${name}' is that of a hook in ${other.file}`);
        hooks.set(name, { file, hook: definition });
        continue;
      }
      if (isCalendar(definition)) {
        const { name } = definition;
        const other = calendars.get(name);
        if (other) throw new ProjectError(`${file}: the name '${name}' is that of a calendar in ${other.file}`);
        calendars.set(name, { file, calendar: definition });
        continue;
      }
      const job = withScriptName(file, definition, scripts);
      const other = jobs.get(job.id);
      if (other) throw new ProjectError(`${file}: the id '${job.id}' is that of a job in ${other.file}`);
      jobs.set(job.id, { file, job });
    }
  }
  return {
    jobs: [...jobs.values()].sort((a, b) => (a.job.id < b.job.id ? -1 : 1)),
    calendars: [...calendars.values()].sort((a, b) => (a.calendar.name < b.calendar.name ? -1 : 1)),
    hooks: [...hooks.values()].sort((a, b) => (a.hook.name < b.hook.name ? -1 : 1)),
  };
}

/** @returns whether a declaration is a calendar. A job has neither dates nor the text of an iCalendar file */
const isCalendar = (declaration: Declaration): declaration is CalendarDefinition =>
  typeof declaration === 'object' &&
  declaration !== null &&
  !('id' in declaration) &&
  ('dates' in declaration || 'ical' in declaration);

/** @returns whether a declaration is a hook, which names its job. A job has an id */
const isHook = (declaration: Declaration): declaration is HookDefinition =>
  typeof declaration === 'object' && declaration !== null && !('id' in declaration) && 'job' in declaration;

function withScriptName(file: string, definition: JobDefinition, scripts: ReadonlyMap<unknown, string>): JobInput {
  if (typeof definition !== 'object' || definition === null || typeof definition.id !== 'string') {
    throw new ProjectError(`${file}: each job must be an object with an id; declare it with defineJob or defineFlow`);
  }
  if (typeof definition.script !== 'object' || definition.script === null) return definition as JobInput;
  const script = scripts.get(definition.script);
  if (script === undefined) {
    throw new ProjectError(
      `${file}: the script of '${definition.id}' is not the default export of a file with scripts`,
    );
  }
  return { ...definition, script } as JobInput;
}
