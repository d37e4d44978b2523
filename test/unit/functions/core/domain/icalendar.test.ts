import { describe, expect, it } from 'vitest';
import { parseICalendar } from '../../../../../functions/core/domain/icalendar.ts';

const NOW = Date.UTC(2026, 5, 1);

const file = (...lines: readonly string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: readonly string[]) => file('BEGIN:VEVENT', ...lines, 'END:VEVENT');
const parse = (text: string) => parseICalendar(text, NOW);

describe('parseICalendar', () => {
  it('returns the dates of all-day events in order, each once', () => {
    const text = file(
      'BEGIN:VEVENT',
      'SUMMARY:Weihnachten\\, 1. Tag',
      'DTSTART;VALUE=DATE:20261225',
      'DTEND;VALUE=DATE:20261227',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'DTSTART;VALUE=DATE:20261226',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'DTSTART:20260101',
      'DURATION:P1D',
      'END:VEVENT',
    );

    expect(parse(text)).toEqual(['2026-01-01', '2026-12-25', '2026-12-26']);
  });

  it('joins folded lines, and ignores time zones, alarms, other properties and canceled events', () => {
    const text = [
      '\uFEFFBEGIN:VCALENDAR',
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      'BEGIN:STANDARD',
      'DTSTART:19701025T030000',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'DTSTART;VALUE=DA',
      ' TE:2026',
      '\t0501',
      'X-APPLE;X="a:b;c":1',
      'BEGIN:VALARM',
      'TRIGGER:-PT15M',
      'DURATION:PT1H',
      'END:VALARM',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'DTSTART;VALUE=DATE:20260502',
      'STATUS:CANCELLED',
      'END:VEVENT',
      'END:VCALENDAR',
    ].join('\n');

    expect(parse(text)).toEqual(['2026-05-01']);
  });

  it.each([
    ['FREQ=YEARLY;COUNT=3', ['2024-12-25', '2025-12-25', '2026-12-25']],
    ['FREQ=YEARLY;INTERVAL=2;UNTIL=20281225', ['2024-12-25', '2026-12-25', '2028-12-25']],
    ['FREQ=YEARLY;UNTIL=20251224T235959Z', ['2024-12-25']],
    ['FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;WKST=MO;UNTIL=20251225', ['2024-12-25', '2025-12-25']],
  ])('expands the yearly rule %s', (rule, dates) => {
    expect(parse(event('DTSTART;VALUE=DATE:20241225', `RRULE:${rule}`))).toEqual(dates);
  });

  it('expands a rule without an end for ten years', () => {
    const dates = parse(event('DTSTART;VALUE=DATE:20200101', 'RRULE:FREQ=YEARLY'));

    expect([dates[0], dates.at(-1), dates.length]).toEqual(['2020-01-01', '2035-01-01', 16]);
  });

  it('has 29 February in leap years only', () => {
    expect(parse(event('DTSTART;VALUE=DATE:20240229', 'RRULE:FREQ=YEARLY;UNTIL=20330101'))).toEqual([
      '2024-02-29',
      '2028-02-29',
      '2032-02-29',
    ]);
  });

  it('adds dates of RDATE and leaves out those of EXDATE with all days of their events', () => {
    const text = event(
      'DTSTART;VALUE=DATE:20241224',
      'DURATION:P3D',
      'RRULE:FREQ=YEARLY;COUNT=3',
      'EXDATE;VALUE=DATE:20251224',
      'RDATE;VALUE=DATE:20270105,20270108',
    );

    expect(parse(text)).toEqual([
      '2024-12-24',
      '2024-12-25',
      '2024-12-26',
      '2026-12-24',
      '2026-12-25',
      '2026-12-26',
      '2027-01-05',
      '2027-01-06',
      '2027-01-07',
      '2027-01-08',
      '2027-01-09',
      '2027-01-10',
    ]);
  });

  const start = 'DTSTART;VALUE=DATE:20261225';
  it.each([
    ['', 'line 1: must be BEGIN:VCALENDAR'],
    ['BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT', 'line 3: must be END:VCALENDAR, as the last line'],
    [' folded', 'line 1: continues a line, and there is none before'],
    [file('no property'), 'line 3: must be NAME:value, got "no property"'],
    [file('BEGIN:VTODO', 'END:VTODO'), 'line 3: only VEVENT is supported, got BEGIN:VTODO'],
    [file('BEGIN:VEVENT', 'END:VALARM'), 'line 4: must end VEVENT, got VALARM'],
    [file('BEGIN:VEVENT', start), 'line 5: VEVENT has no end'],
    [event('SUMMARY:x'), 'line 3: the event has no DTSTART'],
    [event(start, start), 'line 5: DTSTART must occur once in an event'],
    [event('DTSTART:20261225T100000Z'), /^line 4: DTSTART must be a date such as 20261225 .*, got 20261225T100000Z$/],
    [event('DTSTART;VALUE=DATE:20260231'), /^line 4: DTSTART must be a date .*, got 20260231$/],
    [event(start, 'DTEND;VALUE=DATE:20261225'), 'line 5: DTEND must be after DTSTART, got 20261225'],
    [event(start, 'DTEND;VALUE=DATE:20281225'), 'line 5: an event must have at most 366 days, got 731'],
    [event(start, 'DURATION:PT5H'), 'line 5: DURATION must be days or weeks such as P1D, got PT5H'],
    [event(start, 'DTEND;VALUE=DATE:20261226', 'DURATION:P1D'), 'line 6: DURATION must be absent beside DTEND'],
    [event(start, 'RRULE:FREQ=WEEKLY'), 'line 5: RRULE must have FREQ=YEARLY, got WEEKLY'],
    [
      event(start, 'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH'),
      'line 5: RRULE must be yearly at the date of DTSTART, got BYMONTH=11',
    ],
    [event(start, 'RRULE:FREQ=YEARLY;COUNT=2;UNTIL=20301225'), 'line 5: RRULE must have COUNT or UNTIL, not both'],
    [event(start, 'RRULE:FREQ=YEARLY;INTERVAL=0'), 'line 5: RRULE INTERVAL must be 1–9999, got 0'],
    [event(start, 'RRULE:FREQ=YEARLY;FREQ=YEARLY'), 'line 5: RRULE must name FREQ once'],
    [event(start, 'RECURRENCE-ID;VALUE=DATE:20261225'), 'line 5: RECURRENCE-ID is not supported'],
    [event(start, 'DURATION:P366D', 'RRULE:FREQ=YEARLY'), 'line 3: the event has more than 2000 dates'],
  ])('refuses what it does not understand, with the line: %#', (text, message) => {
    expect(() => parse(text)).toThrow(
      message instanceof RegExp ? new RegExp(`^ical: ${message.source.slice(1)}`) : `ical: ${message}`,
    );
  });
});
