import { describe, expect, it } from 'vitest';
import { describeClockChanges, nextClockChanges } from '../../../../../../functions/console/app/view/clock-changes.ts';
import { parseSchedule } from '../../../../../../functions/core/domain/schedule/parse.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

describe('clock changes', () => {
  it('lists changes to the minute, with both offsets', () => {
    expect(nextClockChanges('Europe/Berlin', NOW)).toEqual([
      { at: Date.parse('2027-03-28T01:00:00Z'), before: 3_600_000, after: 7_200_000 },
      { at: Date.parse('2027-10-31T01:00:00Z'), before: 7_200_000, after: 3_600_000 },
    ]);
    expect(nextClockChanges('UTC', NOW)).toEqual([]);
  });

  it('lists changes of half an hour', () => {
    const changes = nextClockChanges('Australia/Lord_Howe', NOW);
    expect(changes.map(({ before, after }) => Math.abs(after - before))).toEqual([1_800_000, 1_800_000]);
  });

  it.each([
    ['30 2 * * *', ['forward', 'back']],
    ['0 2 * * *', ['forward', 'back']],
    ['0 3 * * *', []],
    ['59 1 * * *', []],
    ['rate(1 hour)', []],
  ])('affect %s: %j', (text, words) => {
    const notes = describeClockChanges(parseSchedule(text), 'Europe/Berlin', NOW);
    expect(notes.map((note) => (note.includes('forward') ? 'forward' : 'back'))).toEqual(words);
  });

  it('describes changes with their day and hours', () => {
    expect(describeClockChanges(parseSchedule('30 2 * * *'), 'Europe/Berlin', NOW)).toEqual([
      'On 28 Mar 2027 the clocks go forward: fires from 02:00 to 03:00 are skipped.',
      'On 31 Oct 2027 the clocks go back: 02:00 to 03:00 is repeated and fires only once.',
    ]);
  });
});
