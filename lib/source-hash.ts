import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';

/** Everything that a synthesized template and its bundles are made from. */
const INPUTS = ['bin', 'lib', 'functions', 'cdk.json', 'tsconfig.json', 'package-lock.json'];

/**
 * A hash of what the template is made from: as long as it stays the same, so does the template of a stage.
 *
 * Reads files' contents, not their times, so a fresh clone hashes as the old one did.
 *
 * @param more files and folders, relative to the root, that it is made from besides
 */
export function sourceHash(root = projectRoot, more: readonly string[] = []): string {
  const hash = createHash('sha256');
  for (const input of [...INPUTS, ...more]) add(input);
  return hash.digest('hex').slice(0, 32);

  function add(path: string): void {
    const full = join(root, path);
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(`${path}/${name}`);
      return;
    }
    const content = readFileSync(full);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
}
