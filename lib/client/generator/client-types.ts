import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { openApiDocument } from '../../../functions/api/openapi/document.ts';
import { surfaces } from '../../../functions/api/surfaces.ts';

/** The generated file. */
export const CLIENT_TYPES_FILE = fileURLToPath(new URL('../api-types.ts', import.meta.url));

const HEADER = `/**
 * Types of the HTTP API, generated from its OpenAPI document by \`npm run generate:client\`.
 */
`;

/** Returns the content of `lib/client/api-types.ts` for the routes of this source code. */
export async function generateClientTypes(): Promise<string> {
  // The version of the product has no influence on the types.
  const document = JSON.stringify(openApiDocument(surfaces, ''));
  const types = await openapiTS(document, {
    alphabetize: true,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    silent: true,
  });
  return HEADER + astToString(types);
}

/** Returns the types that are checked in. */
export const readClientTypes = (): Promise<string> => readFile(CLIENT_TYPES_FILE, 'utf8');
