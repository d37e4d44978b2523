import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES, type Role } from '../../functions/domain/access.ts';
import { parseTenantId, type TenantId } from '../../functions/domain/tenant.ts';
import { DEFAULT_PORT, localSettings } from '../local/settings.ts';
import { CommandFailed, UsageError } from './command.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whose a token is when nobody says. */
export const DEFAULT_TENANT = 'demo';
const DEFAULT_ROLES: readonly Role[] = ['OWNER', 'ADMIN'];
const TTL_SECONDS = 3_600;
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/** Where the API is. @throws UsageError */
export function urlOf(given: string | undefined, environment: Environment): string {
  const url = given || environment.JOBDECK_URL || `http://127.0.0.1:${environment.JOBDECK_PORT || DEFAULT_PORT}`;
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UsageError(`--url must be an http or https URL, got '${url}'`);
}

/** The tenant that a token of the local system is to be of. @throws UsageError */
export function tenantOf(given: string | undefined): TenantId {
  const tenant = parseTenantId(given ?? DEFAULT_TENANT);
  if (tenant) return tenant;
  throw new UsageError(`--tenant must be 1–64 of A–Z a–z 0–9 _ -, got '${given}'`);
}

/** @throws UsageError */
export function rolesOf(given: string | undefined): readonly Role[] {
  if (given === undefined) return DEFAULT_ROLES;
  return given.split(',').map((name) => {
    const role = ROLES.find((known) => known === name.trim());
    if (role) return role;
    throw new UsageError(`--roles must be some of ${ROLES.join(', ')}, separated by commas, got '${given}'`);
  });
}

/** What a token of the local system is to say. */
export interface Wanted {
  readonly tenant: TenantId;
  readonly roles?: readonly Role[];
  readonly ttlSeconds?: number;
}

/**
 * A token of the system on this machine, by the key in its data folder.
 *
 * @throws CommandFailed when `url` is elsewhere, or there is no such folder
 */
export async function localToken(url: string, environment: Environment, wanted: Wanted): Promise<string> {
  const { hostname, port } = new URL(url);
  if (!LOOPBACK.test(hostname)) {
    throw new CommandFailed('A token is needed: --token or JOBDECK_TOKEN, a JWT or an API key');
  }
  const { dataDir, clockOffsetMs } = localSettings(environment as NodeJS.ProcessEnv);
  if (!existsSync(join(dataDir, 'issuer.key'))) {
    throw new CommandFailed(
      `There is no local system in ${dataDir} to make a token for (npm start; JOBDECK_DATA says where its data is). ` +
        'Else give one: --token or JOBDECK_TOKEN',
    );
  }
  // Only here: what makes tokens is installed for development, and a deployed system does not need it.
  const { openIssuer } = await import('../local/issuer.ts');
  const issuer = await openIssuer(dataDir, Number(port || 80));
  const { tenant, roles = DEFAULT_ROLES, ttlSeconds = TTL_SECONDS } = wanted;
  return issuer.issueToken({ tenant, roles, ttlSeconds }, Date.now() + clockOffsetMs);
}
