import { join } from 'node:path';
import { findProjectFolder, WORK_FOLDER } from '../project/find-project.ts';
import { isInstalled, projectRoot } from '../project-root.ts';

/** Default port of the local API, from the runner contract. `JOBDECK_PORT` overrides it. */
export const DEFAULT_PORT = 1937;

/** File in the data folder with the endpoints of the running system: JSON of `ServiceUrls`. */
export const ENDPOINTS_FILE = 'endpoints.json';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of the local system from the environment. */
export interface LocalSettings {
  readonly port: number;
  readonly dataDir: string;
  /** Milliseconds that the system's clock is ahead of real time. 0 except in tests, which cannot wait for leases. */
  readonly clockOffsetMs: number;
}

/**
 * Reads `JOBDECK_PORT`, `JOBDECK_DATA` and `JOBDECK_CLOCK_OFFSET_MS`.
 *
 * @throws Error if the port or the offset is invalid
 */
export function localSettings(environment: Environment): LocalSettings {
  const { JOBDECK_PORT: portText } = environment;
  const port = portText ? Number(portText) : DEFAULT_PORT;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`JOBDECK_PORT must be a port number, 1–65535, got ${JSON.stringify(portText)}.`);
  }
  const { JOBDECK_CLOCK_OFFSET_MS: offsetText } = environment;
  const clockOffsetMs = Number(offsetText ?? 0);
  if (!Number.isInteger(clockOffsetMs)) {
    throw new Error(`JOBDECK_CLOCK_OFFSET_MS must be milliseconds, got ${JSON.stringify(offsetText)}.`);
  }
  return { port, dataDir: dataFolder(environment), clockOffsetMs };
}

/**
 * Returns the data folder: `JOBDECK_DATA`, or `.jobdeck/data` in the project of the current folder. Without a project it
 * is `.jobdeck` in the repository, or in the current folder of the installed package.
 */
export function dataFolder({ JOBDECK_DATA: folder }: Environment, currentFolder = process.cwd()): string {
  if (folder) return folder;
  const project = findProjectFolder(currentFolder);
  if (project !== undefined) return join(project, WORK_FOLDER, 'data');
  return join(isInstalled ? currentFolder : projectRoot, WORK_FOLDER);
}
