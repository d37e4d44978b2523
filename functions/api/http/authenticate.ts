import { type Caller, isAllowed } from '../../core/domain/access.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { parseTenantId, type TenantId } from '../../core/domain/tenant.ts';
import type { Log } from '../../core/platform/log.ts';
import { MissingRoleError } from './missing-role-error.ts';
import { OtherTenantError } from './other-tenant-error.ts';
import type { Route } from './route.ts';
import type { VerifyToken } from './verify-token.ts';

/** Optional header that names the tenant of the request. It must match the tenant of the token. */
const ORGANIZATION_HEADER = 'x-organization-id';
const TENANT_HEADER = 'x-tenantid';

export interface AuthenticationOptions {
  readonly verify: VerifyToken;
  readonly log: Log;
  /**
   * Enables the rules of the admin surface: `x-tenantid` is required, and a `super_admin` may name another tenant in
   * it.
   *
   * @defaultValue false
   */
  readonly tenantHeader?: boolean;
}

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * Authenticates the caller and checks that its roles allow `action`.
 *
 * @throws OtherTenantError if a header names another tenant
 * @throws MissingRoleError if no role of the caller allows the action
 * @throws JobdeckError `auth.*` (401) or `auth.keys_unavailable` or `auth.api_keys_unavailable` (503)
 * @throws InvalidInput if a required tenant header is missing
 */
export async function authenticate(
  headers: Headers,
  action: Exclude<Route['action'], 'public'>,
  { verify, log, tenantHeader = false }: AuthenticationOptions,
): Promise<Caller> {
  const tokenCaller = await verify(bearerToken(headers.authorization));
  const caller = tenantHeader ? applyTenantHeader(headers, tokenCaller) : tokenCaller;
  for (const header of [TENANT_HEADER, ORGANIZATION_HEADER]) {
    const namedTenant = headers[header];
    if (namedTenant !== undefined && namedTenant !== caller.tenant) {
      const expected =
        caller.tenant === tokenCaller.tenant ? "the token's tenant" : `the tenant that ${TENANT_HEADER} names`;
      throw new OtherTenantError(tokenCaller, namedTenant, `${header}: must be ${expected}, ${caller.tenant}`);
    }
  }
  if (!isAllowed(caller.roles, action)) throw new MissingRoleError(caller, action);
  if (caller.homeTenant !== undefined) {
    log.info('tenant.switched', { caller: caller.name, of: caller.homeTenant, tenant: caller.tenant, action });
  }
  return caller;
}

function bearerToken(authorization: string | undefined): string {
  const [, token] = /^Bearer +([^\s,]+)$/i.exec(authorization?.trim() ?? '') ?? [];
  if (token) return token;
  const message = authorization ? 'authorization: must be "Bearer <token>"' : 'A bearer token is required';
  throw new JobdeckError('unauthenticated', 'auth.missing_token', message);
}

/** Returns the caller in the tenant that `x-tenantid` names, if the caller may name another tenant. */
function applyTenantHeader(headers: Headers, tokenCaller: Caller): Caller {
  const namedTenant: TenantId | undefined = parseTenantId(headers[TENANT_HEADER]);
  if (!namedTenant) {
    const got = headers[TENANT_HEADER] === undefined ? 'none' : `'${headers[TENANT_HEADER]}'`;
    throw new InvalidInput(TENANT_HEADER, `must be given and be a tenant id (1–64 of A–Z a–z 0–9 _ -), got ${got}`);
  }
  const isOwn = namedTenant === tokenCaller.tenant;
  return isOwn || !tokenCaller.roles.includes('super_admin')
    ? tokenCaller
    : { ...tokenCaller, tenant: namedTenant, homeTenant: tokenCaller.tenant };
}
