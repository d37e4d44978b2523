import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProjectError } from '../project/project-error.ts';

/** A file to write. */
export interface NewFile {
  /** Relative to the project. */
  readonly path: string;
  readonly content: string;
}

/**
 * Writes files of a project. Without `force` nothing is written if one of them exists.
 *
 * @throws ProjectError that names the files that exist
 */
export async function writeNewFiles(root: string, files: readonly NewFile[], force: boolean): Promise<void> {
  const existing = force ? [] : files.filter(({ path }) => existsSync(join(root, path)));
  if (existing.length > 0) {
    const names = existing.map(({ path }) => path).join(', ');
    throw new ProjectError(`these files exist, --force overwrites them: ${names}`);
  }
  for (const { path, content } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}
