import * as z from 'zod';
import { toComputeSeconds } from '../../core/domain/compute.ts';
import { DEFAULT_LIMITS, LIMIT_NAMES, LIMIT_RANGES, type LimitName } from '../../core/domain/limits.ts';
import { toRunCounts } from '../../core/domain/run-counts.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { toUsage } from '../../core/domain/usage.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getCounter } from '../../core/store/counters.ts';
import { getJobCount } from '../../core/store/job-counts.ts';
import { getOwnLimits, type LimitChanges, putLimits as storeLimits } from '../../core/store/limits.ts';
import { getOldestQueuedTime } from '../../core/store/run-lists.ts';
import { inputObject, integer } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';

type LimitsDependencies = Pick<Platform, 'db' | 'now' | 'defaultLimits'>;
export type AdminLimitsDependencies = LimitsDependencies & { readonly log: Pick<Platform['log'], 'info'> };

/** The limits by name. `null` restores the deployment's default; a missing limit is unchanged. */
const limitChangesSchema = lazy(() =>
  inputObject(
    Object.fromEntries(
      LIMIT_NAMES.map((name) => [
        name,
        integer(...LIMIT_RANGES[name])
          .nullable()
          .optional(),
      ]),
    ),
  ),
);

/** A limit that is off by default is null without a value. */
const limitSchema = (name: LimitName) =>
  DEFAULT_LIMITS[name] === null ? nonNegativeInteger().nullable() : nonNegativeInteger();

const limitsSchema = lazy(() =>
  namedSchema(
    'Limits',
    z.object({
      limits: z.object(Object.fromEntries(LIMIT_NAMES.map((name) => [name, limitSchema(name)]))),
      /** The limits that the tenant overrides; the others are the deployment's defaults. */
      own: z.array(z.enum(LIMIT_NAMES)),
      used: z.object({
        jobs: nonNegativeInteger(),
        concurrentRuns: z.int(),
        storedBytes: z.int(),
        computeSecondsPerMonth: nonNegativeInteger().describe(
          'Seconds of compute time that ended in the current month (UTC).',
        ),
      }),
      queue: z.object({
        pendingRuns: z.int(),
        oldestPendingSeconds: nonNegativeInteger().nullable(),
        lateStarts: nonNegativeInteger(),
        lateFinishes: nonNegativeInteger(),
      }),
    }),
  ),
);
export type LimitsView = ViewOf<typeof limitsSchema>;

const adminLimitsSchema = lazy(() =>
  z.object({ success: z.literal(true), message: z.string(), data: limitsSchema(), timestamp: timestamp() }),
);

/** Returns the limits of the caller's tenant. */
export const getLimits = route({
  method: 'GET',
  path: '/limits',
  operation: 'getLimits',
  action: 'read',
  openapi: () => ({
    summary: 'Get the limits of the tenant and their use',
    description: '`own` lists the limits that the tenant overrides; the others are the deployment’s defaults.',
  }),
  responses: () => ({
    200: { description: 'The limits, their use and the state of the queue.', body: limitsSchema() },
  }),
  async handle({ caller: { tenant } }, dependencies: LimitsDependencies) {
    return { status: 200, body: await loadLimitsView(dependencies, tenant) };
  },
});

/** Routes of the admin surface for the tenant that its header names. */
export const adminLimitsRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/admin/limits',
    operation: 'getLimits',
    action: 'limits',
    openapi: () => ({ summary: 'Get the limits of the tenant in the header and their use' }),
    responses: () => ({
      200: { description: 'The limits, their use and the state of the queue.', body: adminLimitsSchema() },
    }),
    async handle({ caller: { tenant } }, dependencies: LimitsDependencies) {
      const data = await loadLimitsView(dependencies, tenant);
      return { status: 200, body: toAdminBody('Limits retrieved successfully', data, dependencies.now()) };
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/admin/limits',
    operation: 'putLimits',
    action: 'limits',
    body: limitChangesSchema,
    openapi: () => ({
      summary: 'Set limits of the tenant in the header',
      description:
        'Missing limits are unchanged; null restores the deployment’s default. Changes apply everywhere after 30 seconds.',
      bodyExample: { jobs: 200, storedBytes: null },
    }),
    responses: () => ({ 200: { description: 'All limits after the change.', body: adminLimitsSchema() } }),
    async handle({ caller: { tenant, name }, body }, dependencies: AdminLimitsDependencies) {
      await storeLimits(dependencies.db, tenant, body as LimitChanges);
      dependencies.log.info('limits.changed', { tenant, by: name, limits: body });
      const data = await loadLimitsView(dependencies, tenant);
      return { status: 200, body: toAdminBody('Limits updated successfully', data, dependencies.now()) };
    },
  }),
];

function toAdminBody(message: string, data: LimitsView, now: number) {
  return { success: true, message, data, timestamp: new Date(now).toISOString() } as const;
}

/**
 * Returns the limits of a tenant, their use and the state of its queue. Run and byte counts come from the counters and
 * are one to two seconds old.
 */
export async function loadLimitsView(
  { db, now, defaultLimits }: LimitsDependencies,
  tenant: TenantId,
): Promise<LimitsView> {
  const at = now();
  const [own, jobs, counter] = await Promise.all([
    getOwnLimits(db, tenant),
    getJobCount(db, tenant),
    getCounter(db, tenant, { kind: 'tenant' }),
  ]);
  const { current, total } = counter;
  const { storedBytes, computeMs } = toUsage(counter, at);
  const { pending, processing } = toRunCounts(current);
  const oldest = pending > 0 ? await getOldestQueuedTime(db, tenant) : undefined;
  const effectiveLimit = (name: LimitName) => [name, own[name] ?? defaultLimits[name]] as const;
  return {
    limits: Object.fromEntries(LIMIT_NAMES.map(effectiveLimit)),
    own: LIMIT_NAMES.filter((name) => own[name] !== undefined),
    used: {
      jobs: jobs ?? current.jobs ?? 0,
      concurrentRuns: processing,
      storedBytes,
      computeSecondsPerMonth: toComputeSeconds(computeMs),
    },
    queue: {
      pendingRuns: pending,
      oldestPendingSeconds: oldest === undefined ? null : Math.max(0, Math.floor((now() - Date.parse(oldest)) / 1_000)),
      lateStarts: total.lateStarts ?? 0,
      lateFinishes: total.lateFinishes ?? 0,
    },
  };
}
