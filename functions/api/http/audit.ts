import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Action, Caller } from '../../core/domain/access.ts';
import { type AuditRecord, auditTargets, createAuditRecord, toRefusedRecord } from '../../core/domain/audit.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Log } from '../../core/platform/log.ts';
import { closeAuditRecord, putAuditRecord } from '../../core/store/audit-trail.ts';
import type { Db } from '../../core/store/db.ts';
import { MissingRoleError } from './missing-role-error.ts';
import { OtherTenantError } from './other-tenant-error.ts';
import { toProblem } from './problem.ts';
import type { LimitRequests } from './request-limit.ts';
import { type ApiResponse, isAudited, isChange, type Route } from './route.ts';
import type { SurfaceName } from './surface.ts';

export interface AuditRecorderOptions {
  readonly surface: SurfaceName;
  readonly dbOf: (tenant: TenantId) => Db;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly newUlid: (now: number) => string;
  /** Days after which a record expires. */
  readonly auditDays: number;
}

/** A request with the route that matched it. */
interface RoutedRequest {
  readonly route: Route;
  readonly event: APIGatewayProxyEventV2;
}

/** Writes requests to the audit trail. The route table decides which requests are recorded. */
export interface AuditRecorder {
  /**
   * Performs a request and records it in the audit trail before returning.
   *
   * A change is recorded before it is performed, and its status is added afterwards. A record without a status means
   * that the change may have been made. If the record cannot be written, the request is not performed, or its result is
   * not returned.
   *
   * @throws JobdeckError `audit.unavailable`, and the errors of `handle`
   */
  perform(request: RoutedRequest, caller: Caller | undefined, handle: () => Promise<ApiResponse>): Promise<ApiResponse>;
  /** Records a request that was rejected because the caller may not make it. */
  recordRefusal(request: RoutedRequest, error: OtherTenantError | MissingRoleError): Promise<void>;
}

const DAY_MS = 86_400_000;

export function createAuditRecorder(options: AuditRecorderOptions): AuditRecorder {
  const { dbOf, log, now, newUlid, auditDays } = options;

  const toRecord = ({ route, event }: RoutedRequest, caller: Caller): AuditRecord => {
    const { operation, action } = route;
    const { requestId, http } = event.requestContext;
    const params = Object.fromEntries(Object.entries(event.pathParameters ?? {}).map(([k, v]) => [k, v ?? '']));
    const details = { action: action as Action, operation, params, requestId, sourceIp: http.sourceIp };
    // The id and the timestamp use one reading of the clock, because records are found by the time in their ids.
    const time = now();
    return createAuditRecord({ ...details, surface: options.surface }, caller, newUlid(time), time);
  };
  const writeRecord = (record: AuditRecord) =>
    putAuditRecord(dbOf(record.tenant), record, Math.ceil((now() + auditDays * DAY_MS) / 1_000));
  const writeRecordOrThrow = async (record: AuditRecord): Promise<void> => {
    try {
      await writeRecord(record);
    } catch (cause) {
      const message = 'The audit record cannot be written now, so the request was not carried out; try again later';
      throw new JobdeckError('unavailable', 'audit.unavailable', message, { cause });
    }
  };
  const closeRecord = async (record: AuditRecord): Promise<void> => {
    try {
      await closeAuditRecord(dbOf(record.tenant), record, record);
    } catch (error) {
      // The change was made. The record stays without a status.
      log.error('audit.outcome_not_recorded', { tenant: record.tenant, record: record.id, error: String(error) });
    }
  };
  const finishRecord = (record: AuditRecord, isOpen: boolean) =>
    isOpen ? closeRecord(record) : writeRecordOrThrow(record);

  return {
    async perform(request, caller, handle) {
      if (!caller || !isAudited(request.route, caller)) return handle();
      const record = toRecord(request, caller);
      const isOpen = isChange(request.route);
      if (isOpen) await writeRecordOrThrow(record);
      let response: ApiResponse;
      try {
        response = await handle();
      } catch (error) {
        await finishRecord({ ...record, status: toProblem(error, '', '').status }, isOpen);
        throw error;
      }
      const targets = auditTargets([...record.targets, ...(response.targets ?? [])]);
      await finishRecord({ ...record, ...targets, ...toRemarks(response), status: response.status }, isOpen);
      return response;
    },
    async recordRefusal(request, error) {
      const { status } = toProblem(error, '', '');
      const record = toRecord(request, error.caller);
      try {
        await writeRecord(
          error instanceof OtherTenantError
            ? toRefusedRecord(record, error.namedTenant, status)
            : { ...record, status },
        );
      } catch (cause) {
        log.error('audit.refusal_not_recorded', { tenant: error.caller.tenant, error: String(cause) });
      }
    },
  };
}

/** Returns the fields of a record that the response determines; none for a request without remarks. */
function toRemarks({ remarks }: ApiResponse): Pick<AuditRecord, 'note' | 'tags' | 'filter'> {
  const { note = null, tags = [], filter } = remarks ?? {};
  return { ...(note !== null && { note }), ...(tags.length > 0 && { tags }), ...(filter && { filter }) };
}

/**
 * Records requests that were rejected because they name another tenant, or because the caller lacks the role for a
 * change or a secret. They count toward the request limit of the caller's tenant; requests beyond the limit are not
 * recorded.
 */
export function auditRefusalsMiddleware(audit: AuditRecorder | undefined, limit: LimitRequests) {
  return {
    onError: async ({ event, error }: Refused): Promise<void> => {
      if (!audit || !event.route || !isRecordedRefusal(error, event.route)) return;
      const isWithin = await limit(error.caller.tenant).then(
        () => true,
        () => false,
      );
      if (isWithin) await audit.recordRefusal({ route: event.route, event }, error);
    },
  };
}

const isRecordedRefusal = (error: unknown, route: Route): error is OtherTenantError | MissingRoleError =>
  error instanceof OtherTenantError || (error instanceof MissingRoleError && isAudited(route, error.caller));

interface Refused {
  readonly event: APIGatewayProxyEventV2 & { readonly route?: Route };
  readonly error: unknown;
}
