import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLiteral } from '../../../../lib/apply/source-literal.ts';

describe('formatLiteral', () => {
  it('formats any JSON value as an expression with this value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (given) => {
        const value: unknown = JSON.parse(JSON.stringify(given));

        const evaluated: unknown = runInNewContext(`JSON.stringify(${formatLiteral(value)})`);

        expect(evaluated).toBe(JSON.stringify(value));
      }),
      { examples: [['it\'s "q" \\ \n \u2028'], [JSON.parse('{"__proto__":{"a":1}}')], [{ 'a-b': [[], {}] }]] },
    );
  });
});
