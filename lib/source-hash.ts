import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';

/** Inputs of the synthesized templates and the bundles. */
const INPUTS = ['bin', 'lib', 'functions', 'cdk.json', 'tsconfig.json', 'package-lock.json'];

/**
 * Returns a hash of the inputs of a template. Equal hashes mean equal templates.
 *
 * The hash covers file contents and paths, not times, so that a fresh clone has the same hash. Folders with installed
 * packages are left out: `package-lock.json` determines them.
 *
 * @param more additional files and folders, relative to the root
 */
export function sourceHash(root = projectRoot, more: readonly string[] = []): string {
  const hash = createHash('sha256');
  for (const input of [...INPUTS, ...more]) add(input);
  return hash.digest('hex').slice(0, 32);

  function add(path: string): void {
    const full = join(root, path);
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) if (name !== 'node_modules') add(`${path}/${name}`);
      return;
    }
    const content = readFileSync(full);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
}
