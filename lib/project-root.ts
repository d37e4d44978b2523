import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder that holds this module's folder: the repository, or `dist` in the installed package. */
const codeRoot = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** The code is compiled: it runs from the installed package and not from the sources. */
export const isInstalled = !existsSync(join(codeRoot, 'package.json'));

/** The folder that holds Jobdeck's `package.json`, without a trailing slash. */
export const projectRoot = isInstalled ? join(codeRoot, '..') : codeRoot;
