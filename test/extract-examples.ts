/**
 * Writes the examples in the READMEs and docstrings of the package to `test/examples`, a project that `npm run typecheck` compiles with all
 * other sources.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../lib/project-root.ts';
import { PACKAGE_READMES, PACKAGE_SOURCES, readmeExamples } from './helpers/readme-examples.ts';

const FOLDER = join(projectRoot, 'test', 'examples');

rmSync(FOLDER, { recursive: true, force: true });
for (const source of [...PACKAGE_READMES, ...PACKAGE_SOURCES]) {
  for (const { path, code } of readmeExamples(source, readFileSync(join(projectRoot, source), 'utf8'))) {
    const file = join(FOLDER, path);
    mkdirSync(dirname(file), { recursive: true });
    // Two examples with one path would hide an error.
    writeFileSync(file, code, { flag: 'wx' });
  }
}
