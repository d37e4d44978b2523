import * as z from 'zod';
import type { Json } from '../../core/domain/json.ts';
import { validate } from '../http/validate.ts';

/**
 * Validates a payload against the JSON Schema of a script. Its own module, which is loaded for scripts with a schema only.
 *
 * @throws InvalidInput with the path of each field that does not fit
 */
export function validatePayload(schema: Readonly<Record<string, unknown>>, payload: Json): void {
  validate(z.object({ payload: z.fromJSONSchema(schema) }), { payload }, 'payload');
}
