import { type Calendar, calendarTag, MAX_CALENDARS } from '../domain/calendar.ts';
import { JobdeckError } from '../domain/errors.ts';
import type { TenantId } from '../domain/tenant.ts';
import { change, count, type Db, get, getMany, type Item, query, remove, transact, type Write } from './db.ts';
import { absent, all, beginsWith, equals, equalsOrAbsent, exists } from './expression.ts';
import { CALENDAR_PREFIX, calendarKey, calendarsVersionKey, type Key } from './keys.ts';

/** A calendar with the number of times that definitions have begun to name it. */
export interface StoredCalendar extends Calendar {
  readonly uses: number;
}

function toCalendar({ sk, dates, tag, createdAt, updatedAt, uses }: Item): StoredCalendar {
  return {
    name: (sk as string).slice(CALENDAR_PREFIX.length),
    dates: dates === undefined ? [] : (dates as string).split(' '),
    tag: tag as string,
    createdAt: createdAt as string,
    updatedAt: updatedAt as string,
    uses: (uses as number | undefined) ?? 0,
  };
}

/** Returns a calendar, read consistently. */
export async function findCalendar(db: Db, tenant: TenantId, name: string): Promise<StoredCalendar | undefined> {
  const item = await get(db, db.tables.jobs, calendarKey(tenant, name));
  return item && toCalendar(item);
}

/** Returns the calendars that exist, by name, read consistently. */
export async function getCalendars(
  db: Db,
  tenant: TenantId,
  names: readonly string[],
): Promise<ReadonlyMap<string, Calendar>> {
  if (names.length === 0) return new Map();
  const keys = names.map((name) => ({ table: db.tables.jobs, key: calendarKey(tenant, name) }));
  const found = (await getMany(db, keys)).filter((item) => item !== undefined).map(toCalendar);
  return new Map(found.map((calendar) => [calendar.name, calendar]));
}

/** Lists the calendars of a tenant by name, read consistently. */
export async function listCalendars(db: Db, tenant: TenantId): Promise<readonly StoredCalendar[]> {
  return (await query(db, db.tables.jobs, calendarsClause(tenant), { consistent: true })).map(toCalendar);
}

const calendarsClause = (tenant: TenantId) => all(equals('pk', tenant), beginsWith('sk', CALENDAR_PREFIX));

/**
 * Stores a calendar if it is as it was read.
 *
 * @param seen the calendar as read; `undefined` if there was none
 * @returns `false` if it has changed
 * @throws JobdeckError `calendars.full` (conflict) if a new calendar would exceed the maximum
 */
export async function putCalendar(
  db: Db,
  tenant: TenantId,
  calendar: Pick<Calendar, 'name' | 'dates'>,
  seen: Calendar | undefined,
  now: string,
): Promise<boolean> {
  const { name, dates } = calendar;
  const set = {
    dates: dates.length > 0 ? dates.join(' ') : null,
    tag: calendarTag(dates),
    createdAt: seen?.createdAt ?? now,
    updatedAt: now,
  };
  const key = calendarKey(tenant, name);
  if (!seen) return createCalendar(db, tenant, { key, set });
  const unchanged = /* guard: calendar.if-match */ equals('tag', seen.tag);
  return (await change(db, db.tables.jobs, key, { set }, unchanged)).ok;
}

/**
 * Stores a new calendar, unless another one was created since they were counted: then counts again.
 *
 * @returns `false` if the calendar exists
 */
async function createCalendar(
  db: Db,
  tenant: TenantId,
  created: { readonly key: Key; readonly set: Item },
): Promise<boolean> {
  const table = db.tables.jobs;
  const versionKey = calendarsVersionKey(tenant);
  const version = (await get(db, table, versionKey))?.version;
  if ((await count(db, table, calendarsClause(tenant))) >= MAX_CALENDARS) {
    throw new JobdeckError('conflict', 'calendars.full', `A tenant may have ${MAX_CALENDARS} calendars; delete one`);
  }
  const isAsCounted = /* guard: calendar.limit.concurrent */ equalsOrAbsent('version', version);
  const failed = await transact(db, [
    { table, update: created.key, changes: { set: created.set }, condition: absent('pk') },
    { table, update: versionKey, changes: { add: { version: 1 } }, condition: isAsCounted },
  ]);
  if (failed <= 0) return failed < 0;
  return createCalendar(db, tenant, created);
}

/**
 * Deletes a calendar if neither its dates nor the definitions that name it have changed since it was read. A definition
 * that begins to name the calendar counts in the same transaction (`calendarUses`).
 *
 * @returns `false` if it has changed
 */
export async function removeCalendar(db: Db, tenant: TenantId, seen: StoredCalendar): Promise<boolean> {
  const unused = equalsOrAbsent('uses', seen.uses === 0 ? undefined : seen.uses);
  return remove(
    db,
    db.tables.jobs,
    calendarKey(tenant, seen.name),
    all(equals('tag', seen.tag), /* guard: calendar.delete.used */ unused),
  );
}

/** Returns the writes by which a definition begins to name calendars. Their conditions hold if the calendars exist. */
export const calendarUses = (db: Db, tenant: TenantId, names: readonly string[]): readonly Write[] =>
  names.map((name) => ({
    table: db.tables.jobs,
    update: calendarKey(tenant, name),
    changes: { add: { uses: 1 } },
    condition: /* guard: calendar.use.exists */ exists('pk'),
  }));

/** A calendar of the job was deleted after the definition was validated. */
export const calendarDeletedError = () =>
  new JobdeckError('conflict', 'calendar.gone', 'A calendar of the job was deleted meanwhile; try again');
