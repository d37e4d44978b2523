import { isDeepStrictEqual } from 'node:util';
import { NO_CATCH_UP } from '../domain/catch-up.ts';
import { type Job, type JobOutline, type JobSchedule, OUTLINE_FIELDS, type Target } from '../domain/job.ts';
import { DEFAULT_PRIORITY } from '../domain/run-priority.ts';
import type { Item } from './db.ts';
import { jobKey } from './keys.ts';

/** The attributes of an item from which {@link toJobOutline} builds an outline. */
export const OUTLINE_ATTRIBUTES: readonly string[] = [
  'pk',
  'sk',
  ...OUTLINE_FIELDS.filter((field) => field !== 'tenant'),
];

export function toJobOutline(item: Item): JobOutline {
  const { pk, sk, ...rest } = item;
  return {
    schedule: null,
    startAt: null,
    endAt: null,
    timeoutMs: null,
    ...NO_GRACE,
    ...NO_CALENDARS,
    catchUp: NO_CATCH_UP,
    ...rest,
    schedules: withoutPayloads(toSchedules(rest.schedules)),
    tenant: pk,
  } as unknown as JobOutline;
}

const NO_CALENDARS = { excludeCalendars: [], requireCalendars: [] } as const;
const NO_GRACE = { startGraceSeconds: 0, finishGraceSeconds: 0 } as const;

export function toJob(item: Item): Job {
  const { pk, sk, ...rest } = item;
  const absentFields = {
    description: null,
    schedule: null,
    startAt: null,
    endAt: null,
    after: null,
    concurrency: null,
    throttle: null,
    timeoutMs: null,
    priority: DEFAULT_PRIORITY,
    expiresInSeconds: null,
    integrationId: null,
    labels: {},
    searchable: [],
    onFailure: null,
    onSuccess: null,
    onLate: null,
    ...NO_GRACE,
    ...NO_CALENDARS,
    catchUp: NO_CATCH_UP,
  };
  const job = { ...absentFields, ...rest, tenant: pk } as unknown as Job;
  return { ...job, schedules: toSchedules(rest.schedules), target: toTarget(item.target as Item) };
}

export function fromJob({
  tenant,
  labels,
  schedules,
  searchable,
  excludeCalendars,
  requireCalendars,
  catchUp,
  priority,
  expiresInSeconds,
  ...job
}: Job): Item {
  return {
    ...jobKey(tenant, job.id),
    ...job,
    target: fromTarget(job.target),
    ...(priority !== DEFAULT_PRIORITY && { priority }),
    ...(expiresInSeconds !== null && { expiresInSeconds }),
    ...(schedules.length > 0 && { schedules: JSON.stringify(schedules) }),
    ...(excludeCalendars.length > 0 && { excludeCalendars }),
    ...(requireCalendars.length > 0 && { requireCalendars }),
    ...(!isDeepStrictEqual(catchUp, NO_CATCH_UP) && { catchUp }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(searchable.length > 0 && { searchable }),
  };
}

/** Parses schedules, which are stored as text like flows: they have payloads. */
const toSchedules = (stored: unknown): readonly JobSchedule[] =>
  stored === undefined ? [] : JSON.parse(stored as string);

/** Payloads may take 32 KB, and the sweeper has the outlines of all jobs in memory. */
const withoutPayloads = (schedules: readonly JobSchedule[]): readonly JobSchedule[] =>
  schedules.map((one) => ({ ...one, payload: null }));

/** Stores flows and targets with payloads as text, because DynamoDB does not preserve their numbers, depth and field order. */
function fromTarget(target: Target): Item {
  switch (target.type) {
    case 'script':
      return { ...target };
    case 'http':
      return { ...target, body: target.body ?? undefined };
    case 'flow':
      return { ...target, flow: JSON.stringify(target.flow) };
    case 'lambda':
    case 'event':
    case 'queue':
    case 'container':
    case 'stateMachine':
      return { type: target.type, definition: JSON.stringify(target) };
  }
}

function toTarget(stored: Item): Target {
  switch (stored.type) {
    case 'http':
      return { body: null, ...stored } as unknown as Target;
    case 'flow':
      return { type: 'flow', flow: JSON.parse(stored.flow as string) };
    case 'script':
      return stored as unknown as Target;
    default:
      return JSON.parse(stored.definition as string);
  }
}
