import type * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { formatFieldPath } from '../../core/domain/field-path.ts';

/**
 * Validates input of a request against a schema.
 *
 * @param inputName the name of the input in errors that no field causes
 * @throws InvalidInput with all problems, the first one first
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown, inputName: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw toInvalidInput(toFieldErrors(result.error, inputName), inputName);
}

/** Returns one error for all problems, the first one first. */
export function toInvalidInput([first, ...rest]: readonly FieldError[], inputName: string): InvalidInput {
  if (!first) return new InvalidInput(inputName, 'is not valid');
  const others = rest.map(({ field, message }) => `; ${field}: ${message}`);
  return new InvalidInput(first.field, [first.message, ...others].join(''));
}

/** A problem with one field of the input. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export function toFieldErrors({ issues }: z.ZodError, inputName: string): FieldError[] {
  return issues.map(({ path, message }) => ({ field: formatFieldPath(path) || inputName, message }));
}
