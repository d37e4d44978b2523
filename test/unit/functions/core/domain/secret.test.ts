import { describe, expect, test } from 'vitest';
import {
  assertNoSecretReferences,
  isSecretName,
  secretNamesIn,
  substituteSecrets,
  validateSecretReferences,
  validateSecretValue,
} from '../../../../../functions/core/domain/secret.ts';

describe('secret references', () => {
  test('name secrets and are substituted', () => {
    const text = 'Basic {{secret:user.name}}:{{secret:pass-1_X}}, {{secret:user.name}}';

    expect(secretNamesIn(text)).toEqual(['user.name', 'pass-1_X']);
    expect(substituteSecrets(text, (name) => `<${name}>`)).toBe('Basic <user.name>:<pass-1_X>, <user.name>');
  });

  test('substitute the value unchanged', () => {
    expect(substituteSecrets('{{secret:a}}', () => '$& $1 {{secret:b}}')).toBe('$& $1 {{secret:b}}');
  });

  test.each(['', 'plain', '{{name}}', '{{ secrets }}', 'a}}b{{', '{{secretary:x}}'])('are not found in %j', (text) => {
    expect(secretNamesIn(text)).toEqual([]);
    expect(() => validateSecretReferences([['env.A', text]])).not.toThrow();
    expect(() => assertNoSecretReferences('url', text, 'others')).not.toThrow();
  });

  test.each(['{{secret:a}}', 'Bearer {{secret:a.b-c_D}}', '{{secret:a}}}', `{{secret:${'x'.repeat(64)}}}`])(
    'are valid in %j in fields that support secrets',
    (text) => {
      expect(() => validateSecretReferences([['env.A', text]])).not.toThrow();
      expect(() => assertNoSecretReferences('http.url', text, 'values of env')).toThrow(
        'http.url: must not refer to a secret; only values of env may',
      );
    },
  );

  test.each([
    '{{secret:}}',
    '{{secret: a}}',
    '{{ secret:a }}',
    '{{secret}}',
    '{{Secret:a}}',
    '{{secret:a',
    '{{secret:a}',
    '{{secret:a b}}',
    '{{secret:a/b}}',
    '{{secret:..}}',
    '{{secret:{{secret:a}}}}',
    `{{secret:${'x'.repeat(65)}}}`,
    '{{secret:a}} {{secret:b c}}',
  ])('are rejected in %j, without repeating the value', (text) => {
    expect(() => validateSecretReferences([['env.A', text]])).toThrow(
      'env.A: must refer to a secret as {{secret:name}}, without spaces and the name being 1–64 of A–Z a–z 0–9 _ . - and not only a dot or two',
    );
  });

  test('cannot exceed twenty per job', () => {
    const values = (count: number) => Array.from({ length: count }, (_, i) => [`env.A${i}`, '{{secret:a}}'] as const);

    expect(() => validateSecretReferences(values(20))).not.toThrow();
    expect(() => validateSecretReferences(values(21))).toThrow(
      "env.A20: must not raise the job's secret references above 20",
    );
  });
});

test('limits names to characters that need no escaping in a path', () => {
  for (const name of ['a', 'A.b_c-9', '...', '-', 'x'.repeat(64)]) expect(isSecretName(name)).toBe(true);
  for (const name of ['', '.', '..', 'a/b', 'a b', 'ä', 'x'.repeat(65), 'a\n']) expect(isSecretName(name)).toBe(false);
});

describe('secret values', () => {
  test.each(['x', 'two\nlines', '{"a":{"b":1}}', 'é'.repeat(2_048)])('accept %j', (value) => {
    expect(() => validateSecretValue(value)).not.toThrow();
  });

  test.each([
    ['', 'must be text of 1–4096 bytes, got 0'],
    [`${'é'.repeat(2_048)}x`, 'must be text of 1–4096 bytes, got 4097'],
    ['a\0b', 'must not hold a NUL character'],
  ])('reject %j', (value, message) => {
    expect(() => validateSecretValue(value)).toThrow(`value: ${message}`);
  });
});
