import { describe, expect, it } from 'vitest';
import { describeClockChanges, nextClockChanges } from '../../../../../../functions/console/app/view/clock-changes.ts';
import { previewSchedule } from '../../../../../../functions/console/app/view/schedule-preview.ts';
import { parseSchedule } from '../../../../../../functions/core/domain/schedule/parse.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const preview = (text: string, timezone = 'Europe/Berlin') => previewSchedule(text, { timezone }, NOW);

describe('previewSchedule', () => {
  it('shows the next five fires', () => {
    expect(preview('30 4 * * *', 'UTC')).toEqual({
      kind: 'fires',
      fires: [23, 24, 25, 26, 27].map((day) => Date.parse(`2026-11-${day}T04:30:00Z`)),
      notes: [],
    });
  });

  it('returns nothing for an empty schedule', () => {
    expect(preview('  ')).toEqual({ kind: 'none' });
  });

  it.each([
    ['75 * * * *', 'schedule', 'Minute must be 0–59, got 75.'],
    ['0 0 30 2 *', 'schedule', 'Never fires: the months it names do not have the days it names.'],
    ['at(2020-01-01T00:00:00)', 'schedule', 'Has no future fires.'],
  ])('explains why %s is invalid', (text, field, message) => {
    expect(preview(text)).toEqual({ kind: 'invalid', field, message });
  });

  it('rejects an unknown time zone', () => {
    expect(preview('0 0 * * *', 'Berlin')).toMatchObject({ kind: 'invalid', field: 'timezone' });
  });

  it('counts a rate from now', () => {
    expect(preview('rate(1 hour)')).toMatchObject({ fires: [1, 2, 3, 4, 5].map((hours) => NOW + hours * 3_600_000) });
  });
});

describe('clock changes', () => {
  it('are found to the minute, with both offsets', () => {
    expect(nextClockChanges('Europe/Berlin', NOW)).toEqual([
      { at: Date.parse('2027-03-28T01:00:00Z'), before: 3_600_000, after: 7_200_000 },
      { at: Date.parse('2027-10-31T01:00:00Z'), before: 7_200_000, after: 3_600_000 },
    ]);
    expect(nextClockChanges('UTC', NOW)).toEqual([]);
  });

  it('are found in a zone that changes by half an hour', () => {
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

  it('are described with their day and hours', () => {
    expect(describeClockChanges(parseSchedule('30 2 * * *'), 'Europe/Berlin', NOW)).toEqual([
      'On 28 Mar 2027 the clocks go forward: fires from 02:00 to 03:00 are skipped.',
      'On 31 Oct 2027 the clocks go back: 02:00 to 03:00 is repeated and fires only once.',
    ]);
  });
});
