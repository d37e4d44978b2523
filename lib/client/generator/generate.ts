/** Writes the types of the HTTP client. A test compares them with the OpenAPI document. */
import { writeFile } from 'node:fs/promises';
import { CLIENT_TYPES_FILE, generateClientTypes } from './client-types.ts';

await writeFile(CLIENT_TYPES_FILE, await generateClientTypes());
