import { describe, expect, it } from 'vitest';
import { readBody } from '../../../../../functions/api/http/read-body.ts';
import { isExactNumber, parseExactJson } from '../../../../../functions/core/domain/exact-json.ts';

describe('parseExactJson', () => {
  it.each([
    '9007199254740993',
    '-9007199254740993',
    '1764412800123456789',
    '1764412800123456768',
    '0.1234567890123456789',
    '123456789012345678e5',
    '1e-400',
    '4.9406564584124654e-325',
    `1.${'0'.repeat(100_000)}1`,
  ])('preserves the literal %s', (literal) => {
    const text = `{"a":[${literal}],"text":"${literal}"}`;

    const value = parseExactJson(text) as { readonly a: readonly unknown[] };

    expect(isExactNumber(value.a[0])).toBe(true);
    expect(JSON.stringify(value)).toBe(text);
  });

  it.each([
    '0',
    '-0',
    '9007199254740991',
    '9007199254740992',
    '0.1',
    '0.30000000000000004',
    '0.10000000000000001',
    '1.0000000000000000',
    '0000.5e3'.slice(3),
    '1e22',
    '1E-007',
    '1000000000000000000000',
    '5e-324',
    '1.7976931348623157e308',
    '0e-400',
  ])('parses %s as a plain number, because a double represents it', (literal) => {
    expect(parseExactJson(`[${literal}]`)).toEqual([Number(literal)]);
  });

  it('parses a number beyond the range of a double as infinite', () => {
    expect(parseExactJson('[1e400]')).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('throws for text that is not JSON', () => {
    expect(() => parseExactJson('{"a":9007199254740993')).toThrow(SyntaxError);
  });
});

describe('request body', () => {
  it.each(['9007199254740993', '0.1234567890123456789'])('rejects the number %s, which would be rounded', (number) => {
    const body = `{"records":[{"id":${number}}]}`;

    expect(() => readBody({ body, isBase64Encoded: false, headers: {} })).toThrow(
      `body: must not have a number that would be rounded, got ${number} in 'id'; as text it is kept`,
    );
  });

  it('accepts numbers that a double represents', () => {
    const body = '{"a":9007199254740992,"b":0.30000000000000004,"c":1.50}';

    expect(readBody({ body, isBase64Encoded: false, headers: {} })).toEqual(JSON.parse(body));
  });
});
