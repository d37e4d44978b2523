import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readIfExists, writeAtomically } from '../support/files.ts';
import type { Issuer } from './issuer.ts';

/** File in the data folder with the port of the last system that used it. Tokens are valid for this port only. */
const portFile = (dataDir: string): string => join(dataDir, 'port');

/** No token can be issued: the data folder has no local system, or its system uses another port. */
export class NoLocalSystem extends Error {
  override readonly name = 'NoLocalSystem';
}

export function recordPort(dataDir: string, port: number): void {
  writeAtomically(portFile(dataDir), `${port}\n`);
}

/** @returns the port of the last system that used the folder, or `undefined` if none is recorded */
export function recordedPort(dataDir: string): number | undefined {
  const text = readIfExists(portFile(dataDir));
  return text === undefined ? undefined : Number(text);
}

/**
 * Opens the issuer of the last local system that used a data folder.
 *
 * @param port required port of the system. @default any
 *
 * @throws NoLocalSystem
 */
export async function openFolderIssuer(dataDir: string, port: number | undefined): Promise<Issuer> {
  const recorded = recordedPort(dataDir);
  if (recorded === undefined || !existsSync(join(dataDir, 'issuer.key'))) {
    throw new NoLocalSystem(
      `There is no local system in ${dataDir} that can issue a token (start one with npm start, in a project with npx jobdeck dev, or set JOBDECK_DATA)`,
    );
  }
  if (port !== undefined && port !== recorded) {
    throw new NoLocalSystem(
      `The local system in ${dataDir} has port ${recorded}, not ${port}, where its tokens are not valid ` +
        `(JOBDECK_DATA names the data folder of another system)`,
    );
  }
  // Imported lazily, because only commands without a token of their own need `jose`.
  const { openIssuer } = await import('./issuer.ts');
  return openIssuer(dataDir, recorded);
}
