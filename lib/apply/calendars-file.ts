import type { CurrentCalendar } from './calendar-plan.ts';
import { formatLiteral } from './source-literal.ts';

/** Formats calendars as the source of a file in `jobs/`. */
export function formatCalendarsFile(calendars: readonly CurrentCalendar[]): string {
  const lines = calendars.map(({ name, dates }) => `  defineCalendar(${formatLiteral({ name, dates }, 2)}),\n`);
  return `import { defineCalendar } from 'jobdeck';\n\nexport default [\n${lines.join('')}];\n`;
}
