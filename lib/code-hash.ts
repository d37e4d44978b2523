import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, projectRoot } from './project-root.ts';
import { sourceHash } from './source-hash.ts';

/** File in the package with the hash of its sources. */
export const CODE_HASH_FILE = join(projectRoot, 'dist', 'source-hash.txt');

/** Returns a hash of Jobdeck's own sources. In the package it is that of the sources from which the package was built. */
export const codeHash = (): string => (isInstalled ? readFileSync(CODE_HASH_FILE, 'utf8').trim() : sourceHash());
