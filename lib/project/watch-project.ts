import { statSync } from 'node:fs';
import { join } from 'node:path';
import { projectFiles, sourceFiles } from '../source-files.ts';
import type { AppliedJobs } from './apply-to-local.ts';
import { CONFIG_FILE } from './find-project.ts';
import type { ScriptBuilds, ScriptChanges } from './script-builds.ts';

/**
 * Milliseconds between two looks at the sources of a project: the state of each file is read, because notifications of the
 * operating system do not exist for all file systems.
 */
const POLL_INTERVAL_MS = 250;
/** Milliseconds between a failed application of the jobs and the next one. */
const RETRY_PAUSE_MS = 5_000;

export interface WatchedProject {
  readonly root: string;
  readonly scripts: ScriptBuilds;
  /** Folder of the jobs, relative to `root`. */
  readonly jobsFolder: string;
  /**
   * Applies the jobs: at first, and after each change of a file in their folder, of a source or of a
   * script. Repeated after an error, and while a job has a problem after a change of any file of the project.
   *
   * @default jobs are not applied
   */
  readonly applyJobs?: (() => Promise<AppliedJobs>) | undefined;
  /**
   * Milliseconds between a failed application of the jobs and the next one.
   *
   * @default 5000
   */
  readonly retryPauseMs?: number;
}

/**
 * Builds the scripts of a project whenever their sources change, for the next run, and applies its jobs.
 *
 * @param print receives a message for each change
 * @returns a function that ends the watch
 */
export function watchProject(project: WatchedProject, print: (text: string) => void): () => Promise<void> {
  const watch = new ProjectWatch(project, print);
  const timer = setInterval(() => watch.look(), POLL_INTERVAL_MS);
  watch.look();
  return async () => {
    clearInterval(timer);
    await watch.idle();
  };
}

class ProjectWatch {
  readonly #project: WatchedProject;
  readonly #print: (text: string) => void;
  #configuration: string;
  /** State of the job files and the sources that were applied last. */
  #applied: string | undefined;
  /** Files that the jobs depended on when they were applied last. */
  #sources: readonly string[] = [];
  /** Time of the next application after a failed one, in milliseconds since the epoch. */
  #retryAt: number | undefined;
  #failure: string | undefined;
  /** Problems of the jobs that were applied last. */
  #problems: readonly string[] = [];
  /** State of all files of the project before an application with problems. */
  #refused: string | undefined;
  #update: Promise<void> | undefined;
  #application: Promise<void> | undefined;

  constructor(project: WatchedProject, print: (text: string) => void) {
    this.#project = project;
    this.#print = print;
    this.#configuration = stateOf(project.root, [CONFIG_FILE]);
  }

  /** Starts an update unless one is running. */
  look(): void {
    this.#update ??= this.#runUpdate().finally(() => {
      this.#update = undefined;
    });
  }

  async idle(): Promise<void> {
    await this.#update;
    await this.#application;
  }

  async #runUpdate(): Promise<void> {
    const { root, scripts, jobsFolder, applyJobs } = this.#project;
    const configuration = stateOf(root, [CONFIG_FILE]);
    if (configuration !== this.#configuration) {
      this.#print(`${CONFIG_FILE} has changed. Restart \`jobdeck dev\` to use it.`);
    }
    this.#configuration = configuration;
    try {
      const changes = await scripts.update();
      for (const message of describeChanges(changes)) this.#print(message);
      if (changes.built.length + changes.removed.length > 0) this.#applied = undefined;
      const jobFiles = await sourceFiles(root, jobsFolder);
      const jobs = stateOf(root, [...jobFiles, ...this.#sources]);
      if (applyJobs === undefined || this.#application !== undefined) return;
      const isRetry = this.#retryAt !== undefined && Date.now() >= this.#retryAt;
      if (jobs === this.#applied && !isRetry && !(await this.#hasChangedSinceRefusal())) return;
      this.#applied = jobs;
      this.#retryAt = undefined;
      this.#application = this.#apply(applyJobs, jobFiles).finally(() => {
        this.#application = undefined;
      });
    } catch (error) {
      // For example a folder that was removed in the meantime. The next look repeats the update.
      this.#printFailure(`The scripts cannot be built: ${messageOf(error)}`);
    }
  }

  /** @returns whether a file has changed since jobs were applied that the API did not accept */
  async #hasChangedSinceRefusal(): Promise<boolean> {
    if (this.#refused === undefined) return false;
    const { root } = this.#project;
    return stateOf(root, await projectFiles(root)) !== this.#refused;
  }

  async #apply(applyJobs: () => Promise<AppliedJobs>, jobFiles: readonly string[]): Promise<void> {
    const { root, retryPauseMs = RETRY_PAUSE_MS } = this.#project;
    const before = stateOf(root, jobFiles);
    const allBefore = stateOf(root, await projectFiles(root));
    const startedAt = Date.now();
    try {
      const { messages, problems, sources } = await applyJobs();
      for (const message of messages) this.#print(message);
      for (const problem of problems) if (!this.#problems.includes(problem)) this.#print(problem);
      this.#problems = problems;
      this.#refused = problems.length > 0 ? allBefore : undefined;
      this.#failure = undefined;
      if (sources.join() === this.#sources.join()) return;
      this.#sources = sources;
      // A file that changed in the meantime may have been read before.
      const isCurrent =
        before === stateOf(root, jobFiles) && !sources.some((file) => changedAt(root, file) >= startedAt);
      if (isCurrent && this.#applied !== undefined) this.#applied = stateOf(root, [...jobFiles, ...sources]);
    } catch (error) {
      this.#retryAt = Date.now() + retryPauseMs;
      this.#printFailure(`The jobs were not applied: ${messageOf(error)}`);
    }
  }

  /** Prints a failure unless it was printed last. */
  #printFailure(text: string): void {
    if (text !== this.#failure) this.#print(text);
    this.#failure = text;
  }
}

const changedAt = (root: string, file: string) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Returns a text that differs if a file has changed. */
function stateOf(root: string, files: readonly string[]): string {
  return files
    .map((file) => {
      const stats = statSync(join(root, file), { throwIfNoEntry: false });
      return `${file} ${stats?.mtimeMs} ${stats?.size}`;
    })
    .join('\n');
}

/** Words the changes of scripts, one message for each. */
export function describeChanges({ built, removed, failed, undescribed, unread }: ScriptChanges): readonly string[] {
  return [
    ...unread,
    ...built.map((script) => `Built the script '${script}'. Its next run uses the new code.`),
    ...removed.map((script) => `Removed the script '${script}'.`),
    ...undescribed,
    ...failed.map(({ script, message }) => `The script '${script}' keeps its previous code, if any:\n${message}`),
  ];
}
