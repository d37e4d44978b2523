import { existsSync, readFileSync } from 'node:fs';
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
 * Writes the files of a project that do not have their content already. Without `force` nothing is written if one of them
 * exists with another content.
 *
 * @returns the files that were written
 * @throws ProjectError that names the files that exist
 */
export async function writeNewFiles(
  root: string,
  files: readonly NewFile[],
  force: boolean,
): Promise<readonly NewFile[]> {
  const contentOf = ({ path }: NewFile) => {
    const file = join(root, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const changed = files.filter((file) => contentOf(file) !== file.content);
  const existing = force ? [] : changed.filter((file) => contentOf(file) !== undefined);
  if (existing.length > 0) {
    const names = existing.map(({ path }) => path).join(', ');
    throw new ProjectError(`these files exist, --force overwrites them: ${names}`);
  }
  for (const { path, content } of changed) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return changed;
}
