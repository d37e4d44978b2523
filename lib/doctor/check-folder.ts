import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Bytes of a build with the data of a small local system. */
const NEEDED_BYTES = 500_000_000;

/**
 * Checks that Jobdeck can write its folder in the project, and the space on its disk.
 *
 * @param folder the folder `.jobdeck`, which is created
 * @param findFreeBytes returns the number of bytes that are free on the disk of a folder
 */
export async function checkFolder(folder: string, findFreeBytes = freeBytes): Promise<readonly Finding[]> {
  const probe = join(folder, `doctor-${process.pid}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return [problem('folder', `${folder} cannot be written (${code})`, 'change its owner or permissions')];
  }
  const megabytes = Math.floor((await findFreeBytes(folder)) / 1_000_000);
  const isEnough = megabytes * 1_000_000 >= NEEDED_BYTES;
  return [
    ok('folder', `${folder} can be written`),
    isEnough
      ? ok('disk', `${megabytes} MB are free`)
      : warning('disk', `only ${megabytes} MB are free`, `free ${NEEDED_BYTES / 1_000_000} MB for builds and data`),
  ];
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
