import type { AuditRecord } from '../domain/audit.ts';
import { encodeUlidTime } from '../domain/run-id.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, type Item, put, queryPages, update } from './db.ts';
import { all, between, equals, exists } from './expression.ts';
import { AUDIT_PREFIX, auditRecordKey } from './keys.ts';

/** @param ttl expiry in epoch seconds */
export async function putAuditRecord(db: Db, record: AuditRecord, ttl: number): Promise<void> {
  const { tenant, id, ...rest } = record;
  await put(db, db.tables.access, { ...auditRecordKey(tenant, id), ...rest, ttl });
}

/** Records the outcome of a request. */
export async function closeAuditRecord(
  db: Db,
  { tenant, id }: Pick<AuditRecord, 'tenant' | 'id'>,
  end: Pick<AuditRecord, 'status' | 'targets' | 'targetCount' | 'filter'>,
): Promise<void> {
  await update(db, db.tables.access, auditRecordKey(tenant, id), { set: { ...end } }, exists('pk'));
}

export interface AuditRange {
  /** Epoch milliseconds, both inclusive. */
  readonly since: number;
  readonly until: number;
  /** Id of a record: only older records are returned. */
  readonly before: string | null;
}

/** Items that DynamoDB reads for one page. */
const PAGE_SIZE = 200;

/** Sorts after every ULID of a millisecond. */
const LAST_ULID_RANDOMNESS = 'ZZZZZZZZZZZZZZZZ';

/** Walks a tenant's records, newest first, page by page, read consistently. Expired records are omitted. */
export async function* walkAuditRecords(
  db: Db,
  tenant: TenantId,
  { since, until, before }: AuditRange,
  now: number,
): AsyncGenerator<readonly AuditRecord[]> {
  const newest = `${AUDIT_PREFIX}${encodeUlidTime(until)}${LAST_ULID_RANDOMNESS}`;
  const behind = before === null ? undefined : AUDIT_PREFIX + before;
  const to = behind !== undefined && behind < newest ? behind : newest;
  const from = AUDIT_PREFIX + encodeUlidTime(since);
  if (from > to) return;
  const key = all(equals('pk', tenant), between('sk', from, to));
  for await (const page of queryPages(db, db.tables.access, key, {
    newestFirst: true,
    consistent: true,
    page: PAGE_SIZE,
  })) {
    // DynamoDB deletes expired items only days later.
    yield page
      .filter(({ sk, ttl }) => sk !== behind && (ttl as number) * 1_000 > now)
      .map((item) => toRecord(tenant, item));
  }
}

function toRecord(tenant: TenantId, { pk, sk, ttl, ...rest }: Item): AuditRecord {
  const id = (sk as string).slice(AUDIT_PREFIX.length);
  return { namedTenant: null, status: null, actorId: null, ...rest, tenant, id } as unknown as AuditRecord;
}
