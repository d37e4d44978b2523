import type * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';

/**
 * Checks what came with a request against its shape; what is the matter is named by its field.
 *
 * @param whole what to call the input where no field of it is to blame
 * @throws InvalidInput with all that is wrong, the first thing first
 */
export function validate<T>(shape: z.ZodType<T>, value: unknown, whole: string): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [first, ...rest] = toFieldErrors(result.error, whole);
  if (!first) throw new InvalidInput(whole, 'is not valid');
  const others = rest.map(({ field, message }) => `; ${field}: ${message}`);
  throw new InvalidInput(first.field, [first.message, ...others].join(''));
}

/** What is the matter with one field of what came with a request. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export function toFieldErrors({ issues }: z.ZodError, whole: string): FieldError[] {
  return issues.map(({ path, message }) => ({ field: formatPath(path) || whole, message }));
}

/** `http.headers.accept`, `args[2]`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (field, key) => (typeof key === 'number' ? `${field}[${key}]` : field ? `${field}.${String(key)}` : String(key)),
    '',
  );
}
