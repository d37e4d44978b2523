import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Temporary folders are named by it and the process that made them. */
const PREFIX = 'jobdeck-run-';

/** The path of a temporary folder that is nobody's yet, free of links: permissions go by the true path. */
export function newRunFolder(): string {
  return join(realpathSync(tmpdir()), `${PREFIX}${process.pid}-${randomUUID()}`);
}

/** Removes a script's folder with all it left there, folders that it locked included. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    await makeWritable(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Wipes the folders of processes that are gone without having done so themselves. */
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
    // EPERM: it exists, and is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
