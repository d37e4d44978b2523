export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /**
   * Requires an integer.
   *
   * @defaultValue false
   */
  readonly whole?: boolean;
}

/**
 * Parses a numeric argument.
 *
 * @throws if `text` is not a number in the range
 */
export function numberArgument(name: string, text: string, { min, max, whole = false }: NumberRange): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new Error(`${name}: must be ${whole ? 'an integer' : 'a number'} from ${min} to ${max}, got '${text}'`);
  }
  return value;
}
