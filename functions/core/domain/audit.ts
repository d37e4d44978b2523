import type { Action, Caller, Role } from './access.ts';
import type { TenantId } from './tenant.ts';
import { truncate } from './text.ts';

/** Maximum number of ids in an audit record. A request may affect more; `targetCount` counts all. */
export const MAX_AUDIT_TARGETS = 50;
/** Maximum length of client-supplied text, in characters. Existing ids are shorter. */
const MAX_TEXT_LENGTH = 256;

/** The filter of a request by the names of its fields. */
export type AuditedFilter = Readonly<Record<string, string | number | readonly string[]>>;

/** An entry of the audit trail: one action, or attempted action, of a caller of the API. */
export interface AuditRecord {
  /**
   * Owner of the trail: the tenant whose resources are affected, or the caller's tenant if access to another tenant was
   * refused.
   */
  readonly tenant: TenantId;
  /** ULID: records sort by time. */
  readonly id: string;
  /** Time of the request, ISO 8601. */
  readonly at: string;
  /** Email of the token, otherwise its subject; `key:<name>` for an API key. */
  readonly actor: string;
  /** Subject of the token, or `key:<id>` for an API key, which the actor cannot change; null for a token without one. */
  readonly actorId: string | null;
  /** Tenant of the actor's token; differs from `tenant` if a `super_admin` acts for another tenant. */
  readonly actorTenant: TenantId;
  readonly roles: readonly Role[];
  readonly action: Action;
  /** Name of the route's operation, for example `deleteJob`. */
  readonly operation: string;
  readonly surface: string;
  /** Ids from the path and of resources that the request created or changed. Request bodies are never recorded. */
  readonly targets: readonly string[];
  /** Number of affected ids; `targets` holds the first of them. */
  readonly targetCount: number;
  /** The foreign tenant that the request named without permission; otherwise null. */
  readonly namedTenant: string | null;
  /** Note and tags that a request gave to runs; absent without any. */
  readonly note?: string;
  readonly tags?: readonly string[];
  /** Filter by which the request selected runs; absent for a request that named them. */
  readonly filter?: AuditedFilter;
  /**
   * Status code of the response; null while the outcome is unknown (the action may be complete, partial or not
   * started).
   */
  readonly status: number | null;
  readonly requestId: string;
  readonly sourceIp: string;
}

/** The fields of an audit record that come from the route and the request. */
export interface AuditedRequest {
  readonly action: Action;
  readonly operation: string;
  readonly surface: string;
  /** Path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly sourceIp: string;
}

/** Creates the record of an incoming request, with an unknown outcome. */
export function createAuditRecord(request: AuditedRequest, caller: Caller, id: string, now: number): AuditRecord {
  const { action, operation, surface, params, requestId, sourceIp } = request;
  const { tenant, homeTenant: home = tenant, name, id: actorId, roles } = caller;
  return {
    tenant,
    id,
    at: new Date(now).toISOString(),
    actor: truncate(name, MAX_TEXT_LENGTH),
    actorId: actorId === undefined ? null : truncate(actorId, MAX_TEXT_LENGTH),
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

/**
 * Returns the record of a refused access to another tenant. It stays in the trail of the caller's tenant, because no
 * other tenant was affected.
 */
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
