import * as z from 'zod';
import type { Json } from '../../core/domain/json.ts';
import { type FieldError, parse, toFieldErrors } from '../http/validate.ts';

/**
 * Validates a payload against the JSON Schema of a script. A bundle of its own (`validate-payload.mjs`): the code of JSON
 * Schema is loaded for scripts with a schema only. It therefore shares no classes with its caller.
 *
 * @returns the fields that do not fit
 */
export function findPayloadErrors(schema: Readonly<Record<string, unknown>>, payload: Json): readonly FieldError[] {
  const result = parse(z.object({ payload: z.fromJSONSchema(schema) }), { payload });
  return result.success ? [] : toFieldErrors(result.error, 'payload');
}
