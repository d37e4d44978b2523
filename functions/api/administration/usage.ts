import * as z from 'zod';
import { toDay } from '../../core/domain/compute.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { DAY_MS } from '../../core/domain/timing.ts';
import {
  formatUsageCsv,
  MAX_USAGE_DAYS,
  USAGE_GROUPS,
  type UsageGroup,
  type UsagePeriod,
} from '../../core/domain/usage-report.ts';
import { readUsage } from '../../core/engine/counters/read-usage.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { formatReceived, inputObject, oneOf, orDefault } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';

const dayField = () =>
  z.iso.date({
    error: ({ input }) => `must be a day such as 2026-03-02 (UTC), got ${formatReceived(input)}`,
  });

const FORMATS = ['json', 'csv'] as const;

const usageQuery = lazy(() =>
  inputObject(
    {
      from: orDefault(dayField(), null),
      to: orDefault(dayField(), null),
      group: orDefault(oneOf(USAGE_GROUPS), 'day' as const),
      format: orDefault(oneOf(FORMATS), null),
    },
    'query parameter',
  ),
);
type UsageQuery = z.output<ReturnType<typeof usageQuery>>;

const usageSchema = lazy(() => {
  const sums = {
    runs: nonNegativeInteger().describe('Completed and failed runs that ended in the period.'),
    compute_seconds: nonNegativeInteger().describe('Whole seconds of workers.'),
    records: nonNegativeInteger().describe('Records or items that these runs processed.'),
    stored_bytes: nonNegativeInteger().describe('Stored bytes at the end of the period, or now.'),
  };
  return namedSchema(
    'Usage',
    z.object({
      usage: z.array(
        z.object({
          day: z.string().optional().describe('The day (UTC); absent with `group=month`.'),
          month: z.string().optional().describe('The month (UTC); only with `group=month`.'),
          ...sums,
        }),
      ),
    }),
  );
});
/** The usage of a tenant by day or month. */
export type UsageView = ViewOf<typeof usageSchema>;

type UsageDependencies = Pick<Platform, 'db' | 'now'>;

const DESCRIPTION =
  `Figures are counted as runs end, with a delay of one to two seconds, and kept for ${MAX_USAGE_DAYS} days. ` +
  '`from` is the first day of the month by default, `to` is today by default and inclusive; later days are omitted. CSV by `format=csv` or `Accept: text/csv`.';

export const getUsage = route({
  method: 'GET',
  path: '/usage',
  operation: 'getUsage',
  action: 'read',
  query: usageQuery,
  openapi: () => ({ summary: 'Get the usage of the tenant by day or month', description: DESCRIPTION }),
  responses: () => ({
    200: { description: 'The periods, oldest first.', body: usageSchema(), textTypes: ['text/csv'] },
  }),
  async handle({ caller: { tenant }, query, headers }, dependencies: UsageDependencies) {
    const periods = await loadUsage(dependencies, tenant, query);
    return isCsv(query, headers) ? toCsvResponse(periods, query.group) : { status: 200, body: toView(periods, query) };
  },
});

/** The same for the tenant that the header of the admin surface names. */
export const adminGetUsage = route({
  method: 'GET',
  path: '/api/v1/admin/usage',
  operation: 'getUsage',
  action: 'adminStats',
  query: usageQuery,
  openapi: () => ({ summary: 'Get the usage of the tenant in the header by day or month', description: DESCRIPTION }),
  responses: () => ({
    200: {
      description: 'The periods, oldest first.',
      body: z.object({
        success: z.literal(true),
        message: z.string(),
        data: usageSchema(),
        timestamp: timestamp(),
      }),
      textTypes: ['text/csv'],
    },
  }),
  async handle({ caller: { tenant }, query, headers }, dependencies: UsageDependencies) {
    const periods = await loadUsage(dependencies, tenant, query);
    if (isCsv(query, headers)) return toCsvResponse(periods, query.group);
    const answer = { success: true as const, message: 'Usage retrieved successfully', data: toView(periods, query) };
    return { status: 200, body: { ...answer, timestamp: new Date(dependencies.now()).toISOString() } };
  },
});

/** @throws InvalidInput */
async function loadUsage(
  { db, now }: UsageDependencies,
  tenant: TenantId,
  query: UsageQuery,
): Promise<readonly UsagePeriod[]> {
  const today = toDay(now());
  const to = query.to ?? today;
  const from = query.from ?? `${(to < today ? to : today).slice(0, 7)}-01`;
  if (from > to) throw new InvalidInput('from', `must not be after to, ${to}, got ${from}`);
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days > MAX_USAGE_DAYS && query.from === null) {
    throw new InvalidInput('to', `must be at most ${MAX_USAGE_DAYS} days after from, ${from}, got ${to}`);
  }
  if (days > MAX_USAGE_DAYS) {
    throw new InvalidInput('from', `must be at most ${MAX_USAGE_DAYS} days before to, got ${days}`);
  }
  return readUsage({ db, now }, tenant, { from, to, group: query.group });
}

/** `format` has precedence over `Accept`. */
const isCsv = ({ format }: UsageQuery, { accept = '' }: Readonly<Record<string, string | undefined>>): boolean =>
  format === null ? /^text\/csv\s*(;|,|$)/i.test(accept.trim()) : format === 'csv';

const toCsvResponse = (periods: readonly UsagePeriod[], group: UsageGroup) => ({
  status: 200 as const,
  body: formatUsageCsv(periods, group),
  headers: { 'content-type': 'text/csv; charset=utf-8; header=present' },
});

const toView = (periods: readonly UsagePeriod[], { group }: UsageQuery): UsageView => ({
  usage: periods.map(({ period, runs, computeSeconds, records, storedBytes }) => ({
    [group]: period,
    runs,
    compute_seconds: computeSeconds,
    records,
    stored_bytes: storedBytes,
  })),
});
