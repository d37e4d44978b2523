import type * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { formatFieldPath } from '../../core/domain/field-path.ts';
import { truncateWithEllipsis } from '../../core/domain/text.ts';

/** Maximum number of problems in an error, and characters of a field or message: a large body can have 100,000 of them. */
const [MAX_PROBLEMS, MAX_PROBLEM_LENGTH] = [20, 500];

/**
 * Validates input of a request against a schema.
 *
 * @param inputName the name of the input in errors that no field causes
 * @throws InvalidInput with the first 20 problems
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown, inputName: string): T {
  const result = parse(schema, value);
  if (result.success) return result.data;
  throw toInvalidInput(toFieldErrors(result.error, inputName), inputName);
}

/** The problems that a schema finds. */
type Problems = { readonly issues: readonly Pick<z.core.$ZodIssue, 'path' | 'message'>[] };

/** The result of a schema. */
type Parsed<T> = { readonly success: true; readonly data: T } | { readonly success: false; readonly error: Problems };

/** Parses a value. Zod exceeds the size of the stack if a list has more than some 100,000 problems. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { success: false, error: { issues: [{ path: [], message: 'has too many problems' }] } };
  }
}

/** Returns one error for the first 20 problems. */
export function toInvalidInput([first, ...rest]: readonly FieldError[], inputName: string): InvalidInput {
  if (!first) return new InvalidInput(inputName, 'is not valid');
  const others = rest
    .slice(0, MAX_PROBLEMS - 1)
    .map(({ field, message }) => `; ${shorten(field)}: ${shorten(message)}`);
  const more = rest.length - others.length;
  if (more > 0) others.push(`; and ${more} more problems`);
  return new InvalidInput(shorten(first.field), [shorten(first.message), ...others].join(''));
}

const shorten = (text: string): string => truncateWithEllipsis(text, MAX_PROBLEM_LENGTH);

/** A problem with one field of the input. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Returns the problems, each once: a value of the wrong type may violate several rules of one text. */
export function toFieldErrors({ issues }: Problems, inputName: string): FieldError[] {
  const errors = issues.map(({ path, message }) => ({ field: formatFieldPath(path) || inputName, message }));
  const known = new Set<string>();
  return errors.filter(({ field, message }) => {
    const problem = `${field}: ${message}`;
    return !known.has(problem) && known.add(problem);
  });
}
