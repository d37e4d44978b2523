import type { MonthView } from '../view/calendars.ts';

const WEEKDAYS = [
  ['M', 'Monday'],
  ['T', 'Tuesday'],
  ['W', 'Wednesday'],
  ['T', 'Thursday'],
  ['F', 'Friday'],
  ['S', 'Saturday'],
  ['S', 'Sunday'],
] as const;

/** A month with the marked days of a calendar. */
export function MonthGrid({ month: { name, weeks, count } }: { readonly month: MonthView }) {
  return (
    <table class="month">
      <caption>
        {name}
        {count > 0 && <span class="muted number"> {count}</span>}
      </caption>
      <thead>
        <tr>
          {WEEKDAYS.map(([letter, weekday]) => (
            <th key={weekday} scope="col">
              <span aria-hidden="true">{letter}</span>
              <span class="visually-hidden">{weekday}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week, i) => (
          <tr key={i}>
            {week.map((day, weekday) => (
              <td key={weekday}>
                {day?.isMarked ? (
                  <mark title={day.date}>
                    {day.day}
                    <span class="visually-hidden"> in the calendar</span>
                  </mark>
                ) : (
                  day?.day
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
