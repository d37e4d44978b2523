import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ProjectError } from './project-error.ts';

/** File that makes a folder a project. */
export const CONFIG_FILE = 'jobdeck.config.ts';

/** Folder of the local system's data and of generated files, relative to the project. */
export const WORK_FOLDER = '.jobdeck';

/** Returns the folder of the project that contains `folder`: the nearest one upwards with a `jobdeck.config.ts`. */
export function findProjectFolder(folder: string): string | undefined {
  for (let candidate = resolve(folder); ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, CONFIG_FILE))) return candidate;
    if (candidate === dirname(candidate)) return undefined;
  }
}

/**
 * Returns the folder of the project that contains `folder`.
 *
 * @throws ProjectError if there is none
 */
export function findProject(folder: string): string {
  const project = findProjectFolder(folder);
  if (project !== undefined) return project;
  throw new ProjectError(
    `There is no ${CONFIG_FILE} in ${resolve(folder)} or a folder above. \`npx jobdeck init\` makes a project`,
  );
}
