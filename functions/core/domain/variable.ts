import { InvalidInput } from './errors.ts';

/** Names of variables that shells and programs accept. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A variable of a process. */
export interface Variable {
  /** Path of the variables in a request. */
  readonly field: string;
  readonly name: string;
  readonly value: string;
}

/**
 * Validates a variable that a tenant sets for a process.
 *
 * @param reserved names that the platform sets itself
 * @throws InvalidInput
 */
export function validateVariable({ field, name, value }: Variable, reserved: RegExp): void {
  if (!NAME.test(name)) {
    throw new InvalidInput(`${field}.${name}`, 'a name must be letters, digits and _, not starting with a digit');
  }
  if (reserved.test(name)) throw new InvalidInput(`${field}.${name}`, 'is reserved for the platform');
  validateProcessText(`${field}.${name}`, value);
}

/**
 * Validates a value that becomes a variable or an argument of a process.
 *
 * @throws InvalidInput
 */
export function validateProcessText(field: string, text: string): void {
  if (text.includes('\0')) throw new InvalidInput(field, 'must not hold a NUL character');
}
