import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Reads a file.
 *
 * @returns `undefined` if the file does not exist
 */
export function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Replaces a file atomically; readers and crashes see either the old or the new text. Only the owner may read the file.
 */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  renameSync(draft, path);
}

/**
 * Reads a file, or creates it with the text of `make`. If two processes create the file concurrently, both get the text
 * of the first. Only the owner may read the file.
 */
export function readOrCreate(path: string, create: () => string): string {
  const existing = readIfExists(path);
  if (existing !== undefined) return existing;
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, create(), { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8');
}
