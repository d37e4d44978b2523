import { runInNewContext } from 'node:vm';
import * as z from 'zod';
import type { Json } from '../../core/domain/json.ts';
import { type FieldError, parse, toFieldErrors } from '../http/validate.ts';

/** Time in milliseconds that a validation may take: a `pattern` may need minutes for a text that nearly matches. */
const TIMEOUT_MS = 2_000;

/**
 * Validates a payload against the JSON Schema of a script. A bundle of its own (`validate-payload.mjs`): the code of JSON
 * Schema is loaded for scripts with a schema only. It therefore shares no classes with its caller.
 *
 * @param timeoutMs time that the validation may take. @defaultValue 2,000
 * @returns the fields that do not fit
 */
export function findPayloadErrors(
  schema: Readonly<Record<string, unknown>>,
  payload: Json,
  timeoutMs = TIMEOUT_MS,
): readonly FieldError[] {
  const validate = (): readonly FieldError[] => {
    const result = parse(z.object({ payload: z.fromJSONSchema(schema) }), { payload });
    return result.success ? [] : toFieldErrors(result.error, 'payload');
  };
  try {
    // The timeout of a script ends a regular expression, too.
    return runInNewContext('validate()', { validate }, { timeout: timeoutMs }) as readonly FieldError[];
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const message = `takes longer than ${timeoutMs / 1_000} s to validate against the schema of the script, for example against a pattern`;
    return [{ field: 'payload', message }];
  }
}
