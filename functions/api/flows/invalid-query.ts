import type * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { validate } from '../http/validate.ts';

/** Code of a query that cannot be taken, which the contract tells from other bad input. */
export const QUERY_INVALID = 'query.invalid';

/** @param parameter which one was wrong */
export function invalidQueryError(parameter: string, message: string): JobdeckError {
  return new JobdeckError('invalid', QUERY_INVALID, `${parameter}: ${message}`);
}

/** The parameters of a query that have this shape. @throws JobdeckError `query.invalid`, naming those that have not */
export function validateQuery<T>(shape: z.ZodType<T>, query: unknown): T {
  try {
    return validate(shape, query, 'query');
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new JobdeckError('invalid', QUERY_INVALID, error.message, { cause: error });
  }
}
