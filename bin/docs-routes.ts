import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApiDocument } from '../functions/api/openapi/document.ts';
import { routeTable, withRouteTable } from '../functions/api/openapi/route-table.ts';
import { surfaces } from '../functions/api/surfaces.ts';
import { projectRoot } from '../lib/project-root.ts';

const README = join(projectRoot, 'functions/api/README.md');

await writeFile(README, withRouteTable(await readFile(README, 'utf8'), routeTable(openApiDocument(surfaces, ''))));
