import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNameFault, PORTABLE_NAME_PATTERN } from '../../../../../functions/core/domain/name.ts';

const portable = new RegExp(PORTABLE_NAME_PATTERN);

const GOOD = [
  'Nightly sync',
  ' padded ',
  '日本語アラート',
  'हिंदी',
  'שלום עולם',
  'مزامنة\u200f (1)',
  'می\u200cخواهم',
  '👩‍👩‍👧 family',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '❤\ufe0f',
  'e\u0301',
  '-',
];
const REFUSED = [
  'a\0',
  'a\tb',
  'a\nb',
  '\x7f',
  'a\x85b',
  'a\u2028b',
  'a\u2029',
  '\u202ecod',
  'a\u202a',
  'a\u2066b',
  'a\u2069',
];
const INVISIBLE = [
  '',
  ' ',
  '\u00a0',
  '\u200b',
  '\u200d\u200c',
  '\u2060',
  '\ufeff',
  '\u00ad',
  '\u3164',
  '\u2800',
  '\u200e\u3000',
  '\ufe0f',
];

describe('findNameFault', () => {
  it.each(GOOD)('accepts %j', (text) => {
    expect([findNameFault(text), portable.test(text)]).toEqual([undefined, true]);
  });

  it.each(REFUSED)('rejects %j because of a control or direction character', (text) => {
    expect(findNameFault(text)).toMatch(/^must not hold control or direction characters \(U\+[0-9A-F]{4}\)$/);
    expect(portable.test(text)).toBe(false);
  });

  it.each(INVISIBLE)('rejects %j because it has no visible character', (text) => {
    expect(findNameFault(text)).toBe('must have a visible character');
    expect(portable.test(text)).toBe(false);
  });

  it('agrees with the pattern of the OpenAPI document on every text of the Basic Multilingual Plane', () => {
    const character = fc.integer({ min: 0, max: 0xff_ff }).filter((code) => code < 0xd8_00 || code > 0xdf_ff);
    const text = fc.array(character, { minLength: 1, maxLength: 3 }).map((codes) => String.fromCharCode(...codes));

    fc.assert(fc.property(text, (given) => portable.test(given) === (findNameFault(given) === undefined)));
  });

  it('agrees with that pattern on every single character of the Basic Multilingual Plane', () => {
    const disagreements: string[] = [];
    for (let code = 0; code < 0x1_00_00; code++) {
      if (code >= 0xd8_00 && code <= 0xdf_ff) continue;
      const text = String.fromCharCode(code);
      if (portable.test(text) !== (findNameFault(text) === undefined)) disagreements.push(code.toString(16));
    }
    expect(disagreements).toEqual([]);
  });
});
