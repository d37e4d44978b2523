import type { Action, Caller, Role } from './access.ts';
import type { TenantId } from './tenant.ts';
import { truncate } from './text.ts';

/** Ids that a record names at most; a request may touch more, and their number is kept. */
export const MAX_AUDIT_TARGETS = 50;
/** Characters of what a client chose: ids that exist are shorter. */
const MAX_TEXT_LENGTH = 256;

/** What somebody did through the API, or tried to. */
export interface AuditRecord {
  /** In whose trail it is: whose things it was about, or, of an attempt on another tenant's, who tried. */
  readonly tenant: TenantId;
  /** A ULID: records sort by time. */
  readonly id: string;
  /** When it was asked for, ISO 8601. */
  readonly at: string;
  /** The token's email, else its subject; `key:<name>` of an API key. */
  readonly actor: string;
  /** The tenant of the actor's token: another one where a super_admin acted. */
  readonly actorTenant: TenantId;
  readonly roles: readonly Role[];
  readonly action: Action;
  /** Name of the route's operation: `deleteJob`. */
  readonly operation: string;
  readonly surface: string;
  /** Ids of what it was about: of the path, and of what was made or changed beside. Never what was sent. */
  readonly targets: readonly string[];
  /** How many there were; `targets` names the first of them. */
  readonly targetCount: number;
  /** The tenant that was named, and was not the actor's to name; null: none was. */
  readonly namedTenant: string | null;
  /** The answer's; null: it never came to one that is known, so what was asked for may be done, or not, or in part. */
  readonly status: number | null;
  readonly requestId: string;
  readonly sourceIp: string;
}

/** What of a record the route and the request say. */
export interface AuditedRequest {
  readonly action: Action;
  readonly operation: string;
  readonly surface: string;
  /** Of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly sourceIp: string;
}

/** The record of a request as it comes in. */
export function createAuditRecord(request: AuditedRequest, caller: Caller, id: string, now: number): AuditRecord {
  const { action, operation, surface, params, requestId, sourceIp } = request;
  const { tenant, homeTenant: home = tenant, name, roles } = caller;
  return {
    tenant,
    id,
    at: new Date(now).toISOString(),
    actor: truncate(name, MAX_TEXT_LENGTH),
    actorTenant: home,
    roles,
    action,
    operation,
    surface,
    ...auditTargets(Object.values(params)),
    namedTenant: null,
    status: null,
    requestId,
    sourceIp,
  };
}

/** The record of an attempt on another tenant's things: it is in the trail of who tried, for it touched nothing else. */
export function toRefusedRecord(record: AuditRecord, namedTenant: string, status: number): AuditRecord {
  return { ...record, namedTenant: truncate(namedTenant, MAX_TEXT_LENGTH), status };
}

export function auditTargets(ids: readonly string[]): Pick<AuditRecord, 'targets' | 'targetCount'> {
  const unique = [...new Set(ids)];
  return {
    targets: unique.slice(0, MAX_AUDIT_TARGETS).map((id) => truncate(id, MAX_TEXT_LENGTH)),
    targetCount: unique.length,
  };
}
