import type { Mutation } from './mutation.ts';

const inCalendars = (named: string) => ({ file: 'test/simulation/calendars.test.ts', named });

/** Guards of calendars and pauses. */
export const CALENDAR_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'calendar.if-match',
    as: "exists('pk')",
    why: 'replaces only the calendar that was read',
    test: inCalendars('keeps the first of two concurrent changes'),
  },
  {
    guard: 'calendar.delete.used',
    why: 'deletes no calendar that a definition has begun to name',
    test: inCalendars('is not deleted while a definition begins to name it'),
  },
  {
    guard: 'calendar.limit.concurrent',
    as: 'undefined',
    why: 'enforces the limit of calendars for concurrent requests',
    test: inCalendars('has at most 99 others beside it, even after concurrent creations'),
  },
  {
    guard: 'calendar.use.exists',
    as: 'undefined',
    why: 'stores no definition that names a deleted calendar',
    test: inCalendars('is named by no definition that is stored after its deletion'),
  },
  {
    guard: 'tick.calendar',
    why: 'starts no run on a date that a calendar excludes',
    test: inCalendars('that excludes the date of a tick leaves no row'),
  },
  {
    guard: 'tick.dropped.covered',
    why: 'misses no tick that was dropped, although its calendar is changed later',
    test: inCalendars('whose date is removed after the tick does not make the tick a missed one'),
  },
  {
    guard: 'tick.paused',
    why: 'starts no run in a pause',
    test: inCalendars('leaves no row of a tick, delivered or lost'),
  },
  {
    guard: 'tick.paused.consistent',
    as: 'true',
    why: 'drops no tick because of a pause that has ended',
    test: inCalendars('holds for no tick after its end'),
  },
  {
    guard: 'state.pauses',
    why: 'starts no run by a state that does not show the pause yet',
    test: inCalendars('holds for a tick whose dispatcher reads the state before the pause'),
  },
];
