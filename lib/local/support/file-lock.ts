import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two attempts to lock a file that another owner has locked. */
const POLL_INTERVAL_MS = 50;

/**
 * Locks a file, which is created if it does not exist. SQLite holds the lock, so the operating system releases it when
 * the process ends, even on SIGKILL.
 *
 * @returns a function that releases the lock, or `undefined` if the file is locked by this or another process
 */
export function tryLock(file: string): (() => void) | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!/locked|busy/i.test(String(error))) throw error;
    return undefined;
  }
  return () => database.close();
}

/** Does `work` while no other owner has locked the file. Waits until the file is free. */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  let release = tryLock(file);
  while (release === undefined) {
    await sleep(POLL_INTERVAL_MS);
    release = tryLock(file);
  }
  try {
    return await work();
  } finally {
    release();
  }
}
