import { expect, test } from 'vitest';
import { pollUntil } from '../../../../../functions/api/pipelines/poll-until.ts';

test('pollUntil returns when the result is final, and in time for the response', async () => {
  let polls = 0;
  const poll = async () => ({ value: ++polls, isFinal: polls === 2 });

  expect(await pollUntil(poll, { waitMs: 25_000, remainingMs: () => 29_000, mayWait: async () => true })).toBe(2);
  expect(await pollUntil(poll, { waitMs: 25_000, remainingMs: () => 2_100, mayWait: async () => true })).toBe(3);
  expect(await pollUntil(poll, { waitMs: 0, remainingMs: () => 29_000, mayWait: async () => true })).toBe(4);
});

test('pollUntil returns the last value once the tenant may not hold the request open any longer', async () => {
  let polls = 0;
  const poll = async () => ({ value: ++polls, isFinal: false });
  const mayWait = async () => polls < 2;

  expect(await pollUntil(poll, { waitMs: 25_000, remainingMs: () => 29_000, mayWait })).toBe(2);
});
