/** `npm run docs:costs`: writes the measured costs into the README of the deployment. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../lib/project-root.ts';
import { costTables, withCostTables } from './markdown.ts';
import { measureCosts } from './report.ts';

const README = join(projectRoot, 'lib/README.md');

await writeFile(README, withCostTables(await readFile(README, 'utf8'), costTables(await measureCosts())));
