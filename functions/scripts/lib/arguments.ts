/**
 * The number that the argument `name` means.
 *
 * @throws when `text` is no number within `min`–`max`
 */
export function numberArgument(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) {
    throw new Error(`${name}: must be a number from ${min} to ${max}, got '${text}'`);
  }
  return value;
}
