import * as z from 'zod';
import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import type { IndexRow } from '../../core/store/run-index.ts';
import { inputObject, matchingText, oneOf, queryFlag, queryInteger, withKeywords } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { invalidQueryError, validateQuery } from './invalid-query.ts';
import { JOB_STATUSES, JOB_TYPES, type JobStatus, type JobType, type JobView } from './job-view.ts';

const NUMBER_FIELDS = ['numSuccess', 'numError', 'numIgnore', 'numExport'] as const;

/** The filters of a list of jobs; `null` disables a filter. Equivalent queries have equal filters. */
export interface JobFilter {
  readonly types: readonly JobType[];
  readonly statuses: readonly JobStatus[];
  readonly flowIds: readonly string[] | null;
  readonly integrationId: string | null;
  readonly exportId: string | null;
  readonly importId: string | null;
  readonly flowJobId: string | null;
  /** `true` selects jobs of disabled flows, `false` jobs of enabled flows. */
  readonly disabled: boolean | null;
  /** ISO 8601, inclusive. */
  readonly createdFrom: string;
  readonly createdThrough: string;
  readonly numberRanges: readonly {
    readonly field: (typeof NUMBER_FIELDS)[number];
    readonly min: number;
    readonly max: number;
  }[];
}

/** The requested page of the matching jobs. */
export interface PageRequest {
  /** Number of jobs before the page. */
  readonly skip: number;
  readonly size: number;
  /**
   * `false` extends the page to all jobs with the `createdAt` of its last job, so that `createdAt_lte` selects the next
   * page.
   */
  readonly isExact: boolean;
}

/** Default and maximum number of jobs on a page, from the flow jobs contract. */
const MAX_PAGE_SIZE = 1_001;
/** Number of jobs that page numbers reach. A page reads all pages before it. */
const MAX_NUMBERED_JOBS = 10_000;

const OPERATOR_ID = /^[A-Za-z0-9_-]{1,64}$/;
const FIRST_TIME = '0000-01-01T00:00:00.000Z';
const LAST_TIME = '9999-12-31T23:59:59.999Z';
const DAY = /^\d{4}-\d\d-\d\d$/;

const jobId = () => matchingText(JOB_ID, JOB_ID_RULE).optional();
const operatorId = () => matchingText(OPERATOR_ID, '1–64 of A–Z a–z 0–9 _ -').optional();
const flowJobId = () => matchingText(/^[A-Za-z0-9_.-]{1,256}$/, 'the _id of a flow job').optional();

/** Comma-separated values. */
const commaSeparated = <T>(isValid: (value: string) => value is T & string, expected: string) =>
  withKeywords(
    z.string().refine((list) => list.split(',').every(isValid), {
      error: ({ input }) => `must be ${expected}, or several separated by commas, got "${String(input)}"`,
    }),
    { description: `${expected}, or several separated by commas.` },
  )
    .transform((list) => list.split(',').filter(isValid))
    .optional();

const isOneOf =
  <T extends string>(values: readonly T[]) =>
  (value: string): value is T =>
    (values as readonly string[]).includes(value);
const isJobId = (value: string): value is string => JOB_ID.test(value);

/** ISO 8601 time, UTC day or epoch milliseconds. A day stands for its first or its last millisecond. */
const time = (ofDay: 'first' | 'last') =>
  withKeywords(z.string(), { description: 'An ISO 8601 time, a day (UTC), or epoch milliseconds; included.' })
    .transform((value, context) => {
      const parsed = parseTime(value, ofDay);
      if (parsed !== undefined) return parsed;
      const message = `must be a time such as 2024-01-15T10:00:00.000Z, a date, or epoch milliseconds, got "${value}"`;
      context.addIssue({ code: 'custom', message, input: value });
      return z.NEVER;
    })
    .optional();

const isoTime = lazy(() => z.iso.datetime({ offset: true }));
const isoDay = lazy(() => z.iso.date());

function parseTime(value: string, ofDay: 'first' | 'last'): string | undefined {
  if (DAY.test(value)) {
    if (!isoDay().safeParse(value).success) return undefined;
    return `${value}T${ofDay === 'first' ? '00:00:00.000' : '23:59:59.999'}Z`;
  }
  if (!/^\d{1,15}$/.test(value) && !isoTime().safeParse(value).success) return undefined;
  const date = new Date(/^\d+$/.test(value) ? Number(value) : value);
  const isFourDigitYear = date.getUTCFullYear() >= 0 && date.getUTCFullYear() <= 9999;
  return isFourDigitYear ? date.toISOString() : undefined;
}

const number = () =>
  withKeywords(matchingText(/^\d{1,15}$/, 'a whole number'), {
    type: 'integer',
    minimum: 0,
    maximum: 999_999_999_999_999,
  })
    .transform(Number)
    .optional();
const numberSchemas = () =>
  Object.fromEntries(
    NUMBER_FIELDS.flatMap((field) => [`${field}_gte`, `${field}_lte`]).map((name) => [name, number()]),
  ) as Record<`${(typeof NUMBER_FIELDS)[number]}_${'gte' | 'lte'}`, ReturnType<typeof number>>;

/** Parameters of `GET /v1/jobs`. */
export const jobsQuery = lazy(() =>
  inputObject(
    {
      type: oneOf(JOB_TYPES).optional(),
      type_in: commaSeparated(isOneOf(JOB_TYPES), JOB_TYPES.join(' or ')),
      status: oneOf(JOB_STATUSES).optional(),
      status_in: commaSeparated(isOneOf(JOB_STATUSES), JOB_STATUSES.join(' or ')),
      flow_id: jobId(),
      flow_id_in: commaSeparated(isJobId, JOB_ID_RULE),
      integration_id: jobId(),
      export_id: operatorId(),
      import_id: operatorId(),
      flow_job_id: flowJobId(),
      createdAt_gte: time('first'),
      createdAt_lte: time('last'),
      ...numberSchemas(),
      disabled: withKeywords(queryFlag(), { description: 'Of flows that are disabled now.' }).optional(),
      pageSize: queryInteger(1, MAX_PAGE_SIZE).optional(),
      page: withKeywords(queryInteger(1, MAX_NUMBERED_JOBS), {
        description: `From 1. Only the first ${MAX_NUMBERED_JOBS} jobs have page numbers; the Link header leads to all.`,
      }).optional(),
      cursor: withKeywords(z.string(), { description: 'As the Link of the page before has it.' }).optional(),
      _flowId: jobId(),
      _flowId_in: commaSeparated(isJobId, JOB_ID_RULE),
      _integrationId: jobId(),
      _exportId: operatorId(),
      _importId: operatorId(),
      _flowJobId: flowJobId(),
    },
    'query parameter',
  ),
);

/** Names of the contract with the equivalent names of Celigo's API. */
const ALIASES = [
  ['flow_id', '_flowId'],
  ['flow_id_in', '_flowId_in'],
  ['integration_id', '_integrationId'],
  ['export_id', '_exportId'],
  ['import_id', '_importId'],
  ['flow_job_id', '_flowJobId'],
] as const;

/**
 * Parses the query of `GET /v1/jobs`.
 *
 * @throws JobdeckError `query.invalid`, with the name of the parameter
 */
export function parseJobsQuery(query: unknown): {
  readonly filter: JobFilter;
  readonly page: PageRequest;
  readonly cursor: string | null;
} {
  const q = validateQuery(jobsQuery(), query);
  for (const [name, alias] of ALIASES) {
    if (q[name] !== undefined && q[alias] !== undefined) {
      throw invalidQueryError(alias, `must be absent beside ${name}, which is the same filter`);
    }
  }
  const flowId = q.flow_id ?? q._flowId;
  const filter: JobFilter = {
    types: JOB_TYPES.filter((type) => passesFilters(type, q.type, q.type_in)),
    statuses: JOB_STATUSES.filter((status) => passesFilters(status, q.status, q.status_in)),
    flowIds: intersectFilters(flowId, q.flow_id_in ?? q._flowId_in),
    integrationId: q.integration_id ?? q._integrationId ?? null,
    exportId: q.export_id ?? q._exportId ?? null,
    importId: q.import_id ?? q._importId ?? null,
    flowJobId: q.flow_job_id ?? q._flowJobId ?? null,
    disabled: q.disabled ?? null,
    createdFrom: q.createdAt_gte ?? FIRST_TIME,
    createdThrough: q.createdAt_lte ?? LAST_TIME,
    numberRanges: NUMBER_FIELDS.flatMap((field) => {
      const [min, max] = [q[`${field}_gte`], q[`${field}_lte`]];
      if (min === undefined && max === undefined) return [];
      return { field, min: min ?? 0, max: max ?? Number.MAX_SAFE_INTEGER };
    }),
  };
  return { filter, page: parsePage(q), cursor: q.cursor ?? null };
}

function parsePage({
  page,
  pageSize: size = MAX_PAGE_SIZE,
  cursor,
}: z.output<ReturnType<typeof jobsQuery>>): PageRequest {
  if (page === undefined) return { skip: 0, size, isExact: false };
  if (cursor !== undefined)
    throw invalidQueryError('page', 'must be absent beside cursor, which is a place of its own');
  if (page * size > MAX_NUMBERED_JOBS) {
    const rule = `must be at most ${Math.floor(MAX_NUMBERED_JOBS / size)} with a pageSize of ${size}`;
    throw invalidQueryError('page', `${rule}, got ${page}; the Link header and createdAt_lte lead further`);
  }
  return { skip: (page - 1) * size, size, isExact: true };
}

function passesFilters<T>(value: T, one: T | undefined, commaSeparated: readonly T[] | undefined): boolean {
  return (one === undefined || one === value) && (commaSeparated === undefined || commaSeparated.includes(value));
}

/** Returns the flows that pass both filters, sorted and without duplicates. */
function intersectFilters(one: string | undefined, commaSeparated: readonly string[] | undefined): string[] | null {
  const all = commaSeparated ?? (one === undefined ? undefined : [one]);
  return all ? [...new Set(all)].filter((id) => passesFilters(id, one, commaSeparated)).sort() : null;
}

/** @returns whether the job of an index row may match, judged by the attributes of the index */
export function rowMayMatch(filter: JobFilter, { kind, ref, operator }: IndexRow): boolean {
  if (kind === 'run' || !filter.types.includes(kind)) return false;
  if (filter.flowIds && !filter.flowIds.includes(ref.jobId)) return false;
  if (filter.importId !== null && (kind !== 'import' || operator !== filter.importId)) return false;
  // The first source of a flow is not in the index.
  return filter.exportId === null || kind === 'flow' || (kind === 'export' && operator === filter.exportId);
}

export function jobMatches(filter: JobFilter, job: JobView): boolean {
  const is = (wanted: string | null, value: string | null) => wanted === null || wanted === value;
  return (
    filter.types.includes(job.type) &&
    filter.statuses.includes(job.status) &&
    (filter.flowIds?.includes(job._flowId) ?? true) &&
    is(filter.integrationId, job._integrationId) &&
    is(filter.exportId, job._exportId) &&
    is(filter.importId, job._importId) &&
    is(filter.flowJobId, job._flowJobId) &&
    job.createdAt >= filter.createdFrom &&
    job.createdAt <= filter.createdThrough &&
    filter.numberRanges.every(({ field, min, max }) => job[field] >= min && job[field] <= max)
  );
}
