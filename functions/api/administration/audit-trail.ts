import * as z from 'zod';
import { ROLES } from '../../core/domain/access.ts';
import type { AuditRecord } from '../../core/domain/audit.ts';
import { isUlid } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { type AuditRange, walkAuditRecords } from '../../core/store/audit-trail.ts';
import { inputObject, orDefault, text, time } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { RESPONSE_RESERVE_MS } from '../runner/run-selection.ts';
import { limit } from '../runner/runs-query.ts';

const optionalText = () => orDefault(text(256), null);
const before = () => orDefault(z.string().refine(isUlid, { error: 'must be the `next` of an earlier answer' }), null);

/** Maximum number of rows that one request reads. */
const MAX_ROWS_READ = 10_000;

const query = lazy(() =>
  inputObject(
    {
      limit: limit(),
      before: before(),
      since: orDefault(time(), null),
      until: orDefault(time(), null),
      actor: optionalText(),
      action: optionalText(),
      target: optionalText(),
    },
    'query parameter',
  ),
);

interface Filter {
  /** Name or id of the actor. */
  readonly actor: string | null;
  /** An operation such as `deleteJob`, or an action such as `define`. */
  readonly action: string | null;
  readonly target: string | null;
}

const recordSchema = lazy(() =>
  z.object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string(),
    actor_id: z.string().nullable(),
    actor_tenant: z.string(),
    roles: z.array(z.enum(ROLES)),
    action: z.string(),
    operation: z.string(),
    surface: z.string(),
    targets: z.array(z.string()),
    target_count: z.int().min(0),
    named_tenant: z.string().nullable(),
    note: z.string().nullable().describe('The note that the request gave to runs.'),
    tags: z.array(z.string()).describe('The tags that the request gave to runs.'),
    filter: z
      .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
      .nullable()
      .describe('The filter by which the request selected runs.'),
    status: z.int().nullable(),
    request_id: z.string(),
    source_ip: z.string(),
  }),
);
/** A record of the audit trail. */
export type RecordView = ViewOf<typeof recordSchema>;

/**
 * Lists the records of the audit trail, newest first: changes, disclosed secrets and requests by callers of other
 * tenants. A page may have fewer than `limit` records and a `next` if few of the read records match.
 */
export const listAudit = route({
  method: 'GET',
  path: '/audit',
  operation: 'listAudit',
  action: 'audit',
  query,
  openapi: () => ({
    summary: 'List the records of the audit trail, newest first',
    description:
      '`next` is the value of `before` for older records; null on the last page. `action` is an operation (`deleteJob`) ' +
      'or an action (`define`). `status` is null if the outcome of the request is unknown.',
  }),
  responses: () => ({
    200: {
      description: 'The records.',
      body: z.object({ audit: z.array(recordSchema()), next: z.string().nullable() }),
    },
  }),
  async handle(
    { caller: { tenant }, query: { limit, before, since, until, ...filter }, remainingMs },
    { db, now }: Pick<Platform, 'db' | 'now'>,
  ) {
    const range = {
      since: since === null ? 0 : Date.parse(since),
      until: until === null ? now() : Date.parse(until),
      before,
    };
    const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
    const { found, next } = await findAuditRecords({ db, now }, tenant, range, { filter, limit, hasTime });
    return { status: 200, body: { audit: found.map(toRecordView), next } };
  },
});

interface SearchOptions {
  readonly filter: Filter;
  readonly limit: number;
  readonly hasTime: () => boolean;
}

/** Returns the matching records, and the id of the last record read if more may follow. */
async function findAuditRecords(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  range: AuditRange,
  { filter, limit, hasTime }: SearchOptions,
): Promise<{ readonly found: readonly AuditRecord[]; readonly next: string | null }> {
  const found: AuditRecord[] = [];
  let last: string | null = null;
  let read = 0;
  for await (const page of walkAuditRecords(db, tenant, range, now())) {
    for (const record of page) {
      if (found.length === limit) return { found, next: last };
      if (matches(record, filter)) found.push(record);
      last = record.id;
      read += 1;
    }
    if (page.length > 0 && (read >= MAX_ROWS_READ || !hasTime())) return { found, next: last };
  }
  return { found, next: null };
}

const matches = (record: AuditRecord, { actor, action, target }: Filter): boolean =>
  (actor === null || record.actor === actor || record.actorId === actor) &&
  (action === null || record.operation === action || record.action === action) &&
  (target === null || record.targets.includes(target));

const toRecordView = (record: AuditRecord): RecordView => ({
  id: record.id,
  at: record.at,
  actor: record.actor,
  actor_id: record.actorId,
  actor_tenant: record.actorTenant,
  roles: record.roles,
  action: record.action,
  operation: record.operation,
  surface: record.surface,
  targets: record.targets,
  target_count: record.targetCount,
  named_tenant: record.namedTenant,
  note: record.note ?? null,
  tags: record.tags ?? [],
  filter: record.filter ?? null,
  status: record.status,
  request_id: record.requestId,
  source_ip: record.sourceIp,
});
