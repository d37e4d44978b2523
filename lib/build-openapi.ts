import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApiDocument } from '../functions/api/openapi/document.ts';
import { surfaces } from '../functions/api/surfaces.ts';
import { OPENAPI_FILE } from '../functions/console/site.ts';
import { writeSiteFile } from './build-console.ts';
import { projectRoot } from './project-root.ts';

/** Writes the OpenAPI document of all surfaces into `outDir` at build time, so that no function has to generate it. */
export async function buildOpenApi(outDir: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  const document = openApiDocument(surfaces, version);
  await writeSiteFile(outDir, { path: OPENAPI_FILE, content: Buffer.from(JSON.stringify(document)) });
}
