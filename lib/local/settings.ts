import { join } from 'node:path';
import { projectRoot } from '../project-root.ts';

/** Port of the local API unless `JOBDECK_PORT` says otherwise: that of the runner's contract. */
export const DEFAULT_PORT = 1937;

/** File of the data folder that tells where the services of a system that runs are: JSON of `ServiceUrls`. */
export const ENDPOINTS_FILE = 'endpoints.json';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says about the local system. */
export interface LocalSettings {
  readonly port: number;
  readonly dataDir: string;
  /** How far the system's clock is ahead of real time, in milliseconds: 0 but in tests, which cannot wait for leases. */
  readonly clockOffsetMs: number;
}

/**
 * Reads `JOBDECK_PORT`, `JOBDECK_DATA` and `JOBDECK_CLOCK_OFFSET_MS`.
 *
 * @throws Error when the port, or the offset, is none.
 */
export function localSettings(environment: Environment): LocalSettings {
  const { JOBDECK_PORT: given } = environment;
  const port = given ? Number(given) : DEFAULT_PORT;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`JOBDECK_PORT must be a port number, 1–65535, got ${JSON.stringify(given)}.`);
  }
  const { JOBDECK_CLOCK_OFFSET_MS: offset } = environment;
  const clockOffsetMs = Number(offset ?? 0);
  if (!Number.isInteger(clockOffsetMs)) {
    throw new Error(`JOBDECK_CLOCK_OFFSET_MS must be milliseconds, got ${JSON.stringify(offset)}.`);
  }
  return { port, dataDir: dataFolder(environment), clockOffsetMs };
}

/** The data folder: `JOBDECK_DATA`, or `.jobdeck` in the project. */
export const dataFolder = ({ JOBDECK_DATA: folder }: Environment): string => folder || join(projectRoot, '.jobdeck');
