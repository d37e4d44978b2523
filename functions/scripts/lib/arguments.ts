export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whether it must be an integer. @default false */
  readonly whole?: boolean;
}

/**
 * The number that the argument `name` means.
 *
 * @throws when `text` is none within the rule, saying which would be
 */
export function numberArgument(name: string, text: string, { min, max, whole = false }: NumberRange): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new Error(`${name}: must be ${whole ? 'an integer' : 'a number'} from ${min} to ${max}, got '${text}'`);
  }
  return value;
}
