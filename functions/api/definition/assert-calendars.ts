import { calendarsOf, type NamedCalendars } from '../../core/domain/calendar-dates.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { getCalendars } from '../../core/store/calendars.ts';
import type { Db } from '../../core/store/db.ts';

/** @throws InvalidInput if a definition names a calendar that does not exist, or one in both lists */
export async function assertCalendars(db: Db, tenant: TenantId, definition: NamedCalendars): Promise<void> {
  const { excludeCalendars, requireCalendars } = definition;
  const names = calendarsOf(definition);
  if (names.length === 0) return;
  const known = await getCalendars(db, tenant, names);
  for (const [field, list] of Object.entries({
    exclude_calendars: excludeCalendars,
    require_calendars: requireCalendars,
  })) {
    for (const [i, name] of list.entries()) {
      if (!known.has(name)) throw new InvalidInput(`${field}[${i}]`, `there is no calendar '${name}'`);
    }
  }
  const both = requireCalendars.findIndex((name) => excludeCalendars.includes(name));
  if (both < 0) return;
  throw new InvalidInput(
    `require_calendars[${both}]`,
    `must not be in exclude_calendars too, got '${requireCalendars[both]}'`,
  );
}
