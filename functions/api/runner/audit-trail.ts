import * as z from 'zod';
import type { AuditRecord } from '../../core/domain/audit.ts';
import { isUlid } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { type AuditRange, auditRecords } from '../../core/store/audit-trail.ts';
import { operation } from '../http/operation.ts';
import { fields, orDefault, text, time } from '../http/shapes.ts';
import { limit } from './runs-query.ts';
import { REST_MS } from './selection.ts';

const wanted = orDefault(text(256), null);
const before = orDefault(z.string().refine(isUlid, { error: 'must be the `next` of an earlier answer' }), null);

/** Rows that one request reads at most in search of those that match. */
const SEARCH_ROWS = 10_000;

const query = fields(
  {
    limit,
    before,
    since: orDefault(time(), null),
    until: orDefault(time(), null),
    actor: wanted,
    action: wanted,
    target: wanted,
  },
  'query parameter',
);

interface Filter {
  readonly actor: string | null;
  /** Of a route, or of its kind: `deleteJob`, `define`. */
  readonly action: string | null;
  readonly target: string | null;
}

/**
 * Who changed, started, stopped or acknowledged what, who was given a secret, and who came from another tenant; newest
 * first. `next`: what to give as `before` for those that are older; null: there are none. A page may be short of `limit`
 * and have a `next`, where few of those that were read match.
 */
export const listAudit = ({ db, now }: Pick<Platform, 'db' | 'now'>) =>
  operation({
    query,
    async handle({ caller: { tenant }, query: { limit, before, since, until, ...filter }, remainingMs }) {
      const range = {
        since: since === null ? 0 : Date.parse(since),
        until: until === null ? now() : Date.parse(until),
        before,
      };
      const hasTime = () => remainingMs() > REST_MS;
      const { found, next } = await search({ db, now }, tenant, range, { filter, limit, hasTime });
      return { status: 200, body: { audit: found.map(view), next } };
    },
  });

interface Search {
  readonly filter: Filter;
  readonly limit: number;
  readonly hasTime: () => boolean;
}

/** The records that match, and the id of the last that was looked at when more may be behind it. */
async function search(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  range: AuditRange,
  { filter, limit, hasTime }: Search,
): Promise<{ readonly found: readonly AuditRecord[]; readonly next: string | null }> {
  const found: AuditRecord[] = [];
  let last: string | null = null;
  let read = 0;
  for await (const page of auditRecords(db, tenant, range, now())) {
    for (const record of page) {
      if (found.length === limit) return { found, next: last };
      if (matches(record, filter)) found.push(record);
      last = record.id;
      read += 1;
    }
    if (page.length > 0 && (read >= SEARCH_ROWS || !hasTime())) return { found, next: last };
  }
  return { found, next: null };
}

const matches = (record: AuditRecord, { actor, action, target }: Filter): boolean =>
  (actor === null || record.actor === actor) &&
  (action === null || record.operation === action || record.action === action) &&
  (target === null || record.targets.includes(target));

const view = (record: AuditRecord) => ({
  id: record.id,
  at: record.at,
  actor: record.actor,
  actor_tenant: record.actorTenant,
  roles: record.roles,
  action: record.action,
  operation: record.operation,
  surface: record.surface,
  targets: record.targets,
  target_count: record.targetCount,
  named_tenant: record.namedTenant,
  status: record.status,
  request_id: record.requestId,
  source_ip: record.sourceIp,
});
