/** A calendar of the project. */
export interface WantedCalendar {
  /** File that declares the calendar, relative to the project. */
  readonly file: string;
  readonly name: string;
  /** Ascending, each once. */
  readonly dates: readonly string[];
}

/** A calendar of the tenant. */
export interface CurrentCalendar {
  readonly name: string;
  readonly dates: readonly string[];
  /** Entity tag of the version. */
  readonly etag: string;
}

/** A change of one calendar. */
export interface CalendarAction {
  readonly kind: 'create' | 'change';
  readonly calendar: WantedCalendar;
  /** `undefined` for a new calendar. */
  readonly current: CurrentCalendar | undefined;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The changes of the calendars of a tenant. */
export interface CalendarPlan {
  /** Sorted by name. */
  readonly actions: readonly CalendarAction[];
  /** Number of calendars that are as the project declares them. */
  readonly unchanged: number;
}

/**
 * Returns the changes that give the calendars of the project their declared dates. Other calendars stay: they have no
 * mark of the project that defined them.
 */
export function planCalendars(wanted: readonly WantedCalendar[], existing: readonly CurrentCalendar[]): CalendarPlan {
  const byName = new Map(existing.map((calendar) => [calendar.name, calendar]));
  const actions = wanted
    .map((calendar): CalendarAction => {
      const current = byName.get(calendar.name);
      const [before, after] = [new Set(current?.dates), new Set(calendar.dates)];
      return {
        kind: current ? 'change' : 'create',
        calendar,
        current,
        added: calendar.dates.filter((date) => !before.has(date)),
        removed: (current?.dates ?? []).filter((date) => !after.has(date)),
      };
    })
    .filter(({ kind, added, removed }) => kind === 'create' || added.length + removed.length > 0)
    .sort((a, b) => (a.calendar.name < b.calendar.name ? -1 : 1));
  return { actions, unchanged: wanted.length - actions.length };
}

/** Dates of a change that a plan shows. */
const MAX_DATES = 10;

/** Formats the changes of calendars, each with its dates; an empty text without changes. */
export const formatCalendarPlan = ({ actions }: CalendarPlan): string =>
  actions
    .flatMap(({ kind, calendar: { name, file }, added, removed }) => [
      `  ${kind === 'create' ? '+' : '~'} ${kind} calendar ${name} (${file})`,
      ...formatDates('added', added),
      ...formatDates('removed', removed),
    ])
    .join('\n');

function formatDates(verb: string, dates: readonly string[]): readonly string[] {
  if (dates.length === 0) return [];
  const more = dates.length > MAX_DATES ? ` and ${dates.length - MAX_DATES} more` : '';
  return [`      ${verb}: ${dates.slice(0, MAX_DATES).join(', ')}${more}`];
}
