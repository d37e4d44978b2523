import { describe, expect, it } from 'vitest';
import { findPayloadErrors } from '../../../../../functions/api/definition/validate-payload.ts';

const schema = { type: 'object', properties: { name: { type: 'string', pattern: '^(a+)+$' } } };

describe('findPayloadErrors', () => {
  it('returns the field that does not match a pattern', () => {
    expect(findPayloadErrors(schema, { name: 'aaa' })).toEqual([]);
    expect(findPayloadErrors(schema, { name: 'b' })).toMatchObject([{ field: 'payload.name' }]);
  });

  it('refuses a payload for which a pattern needs too long', () => {
    const errors = findPayloadErrors(schema, { name: `${'a'.repeat(40)}!` }, 100);

    expect(errors).toEqual([
      {
        field: 'payload',
        message: 'takes longer than 0.1 s to validate against the schema of the script, for example against a pattern',
      },
    ]);
  });
});
