import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readIfExists, writeAtomically } from './files.ts';

/** Another local system uses the data folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/**
 * Locks the data folder for this process. SQLite holds the lock, so the operating system releases it when the process
 * ends, even on SIGKILL.
 *
 * @returns a function that releases the lock
 *
 * @throws FolderInUseError with the id of the other process
 */
export function lockFolder(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const pidFile = join(dataDir, 'pid');
  const database = new DatabaseSync(join(dataDir, 'lock.sqlite'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!/locked|busy/i.test(String(error))) throw error;
    const owner = readIfExists(pidFile)?.trim() ?? 'unknown';
    throw new FolderInUseError(`The data folder ${dataDir} is in use by another local system (process ${owner}).`);
  }
  writeAtomically(pidFile, `${process.pid}\n`);
  return () => database.close();
}
