import { InvalidInput } from '../errors.ts';
import { assertUnique } from './assert-unique.ts';
import type { CsvOptions } from './csv-options.ts';

/**
 * Validates that the characters of a dialect differ, and that columns are named once.
 *
 * @param before delimiter that is given elsewhere
 * @throws InvalidInput
 */
export function validateCsvOptions(
  field: string,
  { delimiter, quote, header }: Omit<CsvOptions, 'encoding'>,
  before?: string,
): void {
  if (quote !== null && (quote ?? '"') === (delimiter ?? before ?? ','))
    throw new InvalidInput(`${field}.quote`, 'must differ from the delimiter');
  if (Array.isArray(header))
    assertUnique((header as readonly string[]).map((name, i) => [`${field}.header[${i}]`, name]));
}
