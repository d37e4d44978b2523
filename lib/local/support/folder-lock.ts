import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from './file-lock.ts';
import { readIfExists, writeAtomically } from './files.ts';

/** Another local system uses the data folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/**
 * Locks the data folder for this process, until the process ends.
 *
 * @returns a function that releases the lock
 *
 * @throws FolderInUseError with the id of the other process
 */
export function lockFolder(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const pidFile = join(dataDir, 'pid');
  const release = tryLock(join(dataDir, 'lock.sqlite'));
  if (!release) {
    const owner = readIfExists(pidFile)?.trim() ?? 'unknown';
    throw new FolderInUseError(`The data folder ${dataDir} is in use by another local system (process ${owner}).`);
  }
  writeAtomically(pidFile, `${process.pid}\n`);
  return release;
}
