import { InvalidInput } from '../errors.ts';

export type FieldValue = readonly [field: string, value: string];

/** Rejects a value that occurs twice. */
export function assertUnique(values: readonly FieldValue[]): void {
  const fields = new Map<string, string>();
  for (const [field, value] of values) {
    const first = fields.get(value);
    if (first !== undefined) throw new InvalidInput(field, `must be unique: ${first} is '${value}' already`);
    fields.set(value, field);
  }
}
