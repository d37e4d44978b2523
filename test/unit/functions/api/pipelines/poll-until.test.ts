import { expect, test } from 'vitest';
import { pollUntil } from '../../../../../functions/api/pipelines/poll-until.ts';

test('pollUntil returns when the result is final, and in time for the response', async () => {
  let polls = 0;
  const poll = async () => ({ value: ++polls, isFinal: polls === 2 });

  expect(await pollUntil(poll, { waitMs: 25_000, remainingMs: () => 29_000 })).toBe(2);
  expect(await pollUntil(poll, { waitMs: 25_000, remainingMs: () => 2_100 })).toBe(3);
  expect(await pollUntil(poll, { waitMs: 0, remainingMs: () => 29_000 })).toBe(4);
});
