import { InvalidInput } from '../../../core/domain/errors.ts';
import type { DateFilter } from '../../../core/domain/schedule/date-filter.ts';
import { nextFires } from '../../../core/domain/schedule/fires.ts';
import { parseSchedule } from '../../../core/domain/schedule/parse.ts';
import { findTimezone } from '../../../core/domain/schedule/timezone-names.ts';
import { describeClockChanges } from './clock-changes.ts';
import { isSupportedTimeZone } from './format.ts';

const PREVIEW_COUNT = 5;

/** The preview of a schedule while the user types. */
export type SchedulePreview =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly field: 'schedule' | 'timezone'; readonly message: string }
  | {
      readonly kind: 'fires';
      /** Next five fires in epoch milliseconds; fewer if the schedule ends earlier. */
      readonly fires: readonly number[];
      /** Effects of clock changes. */
      readonly notes: readonly string[];
    };

/** Returns the next fires of a schedule by the rules of the platform (`functions/core/domain/schedule`). */
export function previewSchedule(
  text: string,
  {
    timezone: requestedZone,
    start_at: startAt,
    end_at: endAt,
    dates,
  }: {
    readonly timezone: string;
    readonly start_at?: string | undefined;
    readonly end_at?: string | undefined;
    /** Dates that calendars leave. @defaultValue all */
    readonly dates?: DateFilter | undefined;
  },
  now: number,
): SchedulePreview {
  if (text.trim() === '') return { kind: 'none' };
  const timezone = findTimezone(requestedZone);
  if (timezone === undefined) {
    return { kind: 'invalid', field: 'timezone', message: 'Must be an IANA name such as Europe/Berlin or UTC.' };
  }
  if (!isSupportedTimeZone(timezone)) {
    const message = `This browser does not support the time zone ${timezone} and cannot show the next fires.`;
    return { kind: 'invalid', field: 'timezone', message };
  }
  // The API validates the bounds; an incomplete bound is ignored.
  const bounds = { startAt: parseBound(startAt), endAt: parseBound(endAt), dates };
  try {
    const schedule = parseSchedule(text);
    const fires = nextFires(schedule, { timezone, ...bounds, anchor: now, after: now, count: PREVIEW_COUNT });
    if (fires.length === 0) {
      const message = dates ? 'Has no future fires on the dates that its calendars leave.' : 'Has no future fires.';
      return { kind: 'invalid', field: 'schedule', message };
    }
    return { kind: 'fires', fires, notes: describeClockChanges(schedule, timezone, now) };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { kind: 'invalid', field: 'schedule', message: sentence(error.message.replace(/^schedule: /, '')) };
  }
}

const parseBound = (text = ''): string | null =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/.test(text.trim()) && !Number.isNaN(Date.parse(text))
    ? text.trim()
    : null;

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
