import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Prefix of temporary folders; the creating process's id follows. */
const PREFIX = 'jobdeck-run-';

/** Returns the path of a new temporary folder with symbolic links resolved, because permissions apply to real paths. */
export function newRunFolder(): string {
  return join(realpathSync(tmpdir()), `${PREFIX}${process.pid}-${randomUUID()}`);
}

/** Removes a script's folder with its content, including folders without write permission. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    await makeWritable(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the folders of ended processes. */
export async function removeAbandonedFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !exists(Number(owner))) await removeFolder(join(tmpdir(), name));
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
