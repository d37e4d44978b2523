import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readIfExists, writeAtomically } from '../support/files.ts';
import type { Issuer } from './issuer.ts';

/** File of the data folder with the port of the system that used the folder last. Tokens are valid for that port only. */
const portFile = (dataDir: string): string => join(dataDir, 'port');

/** No token can be made: the data folder belongs to no local system, or to one on another port. */
export class NoLocalSystem extends Error {
  override readonly name = 'NoLocalSystem';
}

export function recordPort(dataDir: string, port: number): void {
  writeAtomically(portFile(dataDir), `${port}\n`);
}

/** @returns the port of the system that used the folder last, or `undefined` if no port is recorded */
export function recordedPort(dataDir: string): number | undefined {
  const text = readIfExists(portFile(dataDir));
  return text === undefined ? undefined : Number(text);
}

/**
 * Opens the issuer of the local system that used a data folder last.
 *
 * @param port the port that the system must have. @default whichever it has
 * @throws NoLocalSystem
 */
export async function openFolderIssuer(dataDir: string, port: number | undefined): Promise<Issuer> {
  const recorded = recordedPort(dataDir);
  if (recorded === undefined || !existsSync(join(dataDir, 'issuer.key'))) {
    throw new NoLocalSystem(
      `There is no local system in ${dataDir} to make a token for (npm start; JOBDECK_DATA says where its data is)`,
    );
  }
  if (port !== undefined && port !== recorded) {
    throw new NoLocalSystem(
      `The local system in ${dataDir} has port ${recorded}, not ${port}, where its tokens are not valid ` +
        `(JOBDECK_DATA names the data folder of another system)`,
    );
  }
  // Imported here, because what signs tokens is installed for development only.
  const { openIssuer } = await import('./issuer.ts');
  return openIssuer(dataDir, recorded);
}
