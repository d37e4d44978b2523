import { expect, it } from 'vitest';
import { parseRetryAfter } from '../../../../../functions/core/domain/retry-after.ts';

const now = new Date('2026-03-02T01:03:00.500Z');

it.each([
  ['30', 30],
  [' 0 ', 0],
  ['Mon, 02 Mar 2026 01:03:10 GMT', 10],
  ['Mon, 02 Mar 2026 01:02:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('parses Retry-After %s as %s seconds', (header, seconds) => {
  expect(parseRetryAfter(header, now)).toBe(seconds);
});
