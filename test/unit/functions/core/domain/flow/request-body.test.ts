import { describe, expect, it } from 'vitest';
import {
  hasPagePlaceholder,
  replaceTexts,
  validateRequestBody,
} from '../../../../../../functions/core/domain/flow/request-body.ts';

describe('replaceTexts', () => {
  it('replaces texts at any depth, and no names', () => {
    const value = { a: ['x', { x: 'x' }], n: 1, none: null, yes: true };

    expect(replaceTexts(value, (text) => (text === 'x' ? 7 : text))).toEqual({
      a: [7, { x: 7 }],
      n: 1,
      none: null,
      yes: true,
    });
  });
});

describe('hasPagePlaceholder', () => {
  it.each([
    [undefined, false],
    [{ '{{paging}}': 'a' }, false],
    [{ a: [{ b: '{{paging}}' }] }, true],
  ])('of %j is %s', (body, expected) => {
    expect(hasPagePlaceholder(body)).toBe(expected);
  });
});

describe('validateRequestBody', () => {
  it.each([
    [{ a: 'x'.repeat(8_190) }, 'cursor', 'body: must have at most 8192 bytes, got 8198'],
    [{ a: 'page {{paging}}' }, 'cursor', "body: must have {{paging}} as a whole text, got 'page {{paging}}'"],
    [{ a: '{{ paging }}' }, 'cursor', 'body: must have {{paging}} as a whole text'],
    [{ a: '{{paging}}' }, 'link', 'body: must not have {{paging}} with the paging link'],
    [{ a: '{{paging}}' }, 'none', 'body: must not have {{paging}} with the paging none'],
  ])('refuses %j', (body, paging, message) => {
    expect(() => validateRequestBody('body', body, paging)).toThrow(message);
  });

  it('accepts a body without the placeholder with any paging', () => {
    expect(() => validateRequestBody('body', { a: [1] }, 'link')).not.toThrow();
  });
});
