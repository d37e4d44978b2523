import type * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';

/**
 * Validates input of a request against a schema.
 *
 * @param whole the name of the input in errors that no field causes
 * @throws InvalidInput with all problems, the first one first
 */
export function validate<T>(shape: z.ZodType<T>, value: unknown, whole: string): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [first, ...rest] = toFieldErrors(result.error, whole);
  if (!first) throw new InvalidInput(whole, 'is not valid');
  const others = rest.map(({ field, message }) => `; ${field}: ${message}`);
  throw new InvalidInput(first.field, [first.message, ...others].join(''));
}

/** A problem with one field of the input. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export function toFieldErrors({ issues }: z.ZodError, whole: string): FieldError[] {
  return issues.map(({ path, message }) => ({ field: formatPath(path) || whole, message }));
}

/** Formats the path of a field: `http.headers.accept`, `args[2]`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (field, key) => (typeof key === 'number' ? `${field}[${key}]` : field ? `${field}.${String(key)}` : String(key)),
    '',
  );
}
