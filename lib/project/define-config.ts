import type { StageSettings } from '../config.ts';

/** Settings of a stage of a project. */
export interface ProjectStage extends StageSettings {
  /**
   * URL of the deployed API, for commands such as `jobdeck apply --stage <name>`.
   *
   * @default none: these commands need `--url`
   */
  readonly url?: string;
}

/** Configuration of a project: the default export of `jobdeck.config.ts`. */
export interface ProjectConfig {
  /**
   * Name of the project, 1–64 of `A–Z a–z 0–9 _ -`. Jobs that are applied from this project carry it as a label, and
   * `jobdeck apply --prune` deletes those that it no longer declares: two projects of a tenant need different names.
   *
   * @default the `name` in `package.json` with its scope: `payments-jobs` for `@payments/jobs`
   */
  readonly name?: string;
  /**
   * Settings of each stage, by its name: 2–12 of `a–z 0–9`, a letter first. `jobdeck deploy --stage <name>` deploys one.
   * The settings of `local` change those of `jobdeck dev`.
   *
   * @default no stage but `local`
   */
  readonly stages?: Readonly<Record<string, ProjectStage>>;
  /**
   * Folder of the scripts, relative to the project. Each `.ts` file directly in it is a script that has the file's name.
   *
   * @default `scripts`
   */
  readonly scripts?: string;
  /**
   * Folder of the jobs, relative to the project. Each `.ts` file directly in it exports jobs as default; `.ts`
   * files in its subfolders are an error.
   *
   * @default `jobs`
   */
  readonly jobs?: string;
}

/**
 * Declares the configuration of a project.
 *
 * @example
 * ```ts
 * // jobdeck.config.ts
 * import { defineConfig } from 'jobdeck';
 * export default defineConfig({ stages: { prod: { alarmEmail: 'ops@example.com', workers: 50 } } });
 * ```
 */
export const defineConfig = (config: ProjectConfig): ProjectConfig => config;
