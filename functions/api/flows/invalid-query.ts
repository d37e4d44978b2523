import type * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { validate } from '../http/validate.ts';

/** Code of invalid query parameters. The flow jobs contract distinguishes them from other invalid input. */
export const QUERY_INVALID = 'query.invalid';

/** @param parameter the name of the invalid parameter */
export function invalidQueryError(parameter: string, message: string): JobdeckError {
  return new JobdeckError('invalid', QUERY_INVALID, `${parameter}: ${message}`);
}

/**
 * Validates query parameters.
 *
 * @throws JobdeckError `query.invalid`, with the names of the invalid parameters
 */
export function validateQuery<T>(schema: z.ZodType<T>, query: unknown): T {
  try {
    return validate(schema, query, 'query');
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new JobdeckError('invalid', QUERY_INVALID, error.message, { cause: error });
  }
}
