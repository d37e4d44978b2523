import { ROLES, type Role } from '../../functions/core/domain/access.ts';
import { parseTenantId, type TenantId } from '../../functions/core/domain/tenant.ts';
import { NoLocalSystem, openFolderIssuer, recordedPort } from '../local/issuer/folder-issuer.ts';
import { DEFAULT_PORT, dataFolder, localSettings } from '../local/settings.ts';
import { CommandFailed, UsageError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Tenant of issued tokens without `--tenant`. */
export const DEFAULT_TENANT = 'demo';
const DEFAULT_ROLES: readonly Role[] = ['OWNER', 'ADMIN'];
const TTL_SECONDS = 3_600;
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/**
 * Determines the API's URL. The default is the local system that used the data folder last.
 *
 * @throws UsageError
 */
export function resolveApiUrl(value: string | undefined, environment: Environment): string {
  const port = environment.JOBDECK_PORT || recordedPort(dataFolder(environment)) || DEFAULT_PORT;
  const url = value || environment.JOBDECK_URL || `http://127.0.0.1:${port}`;
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UsageError(`--url must be an http or https URL, got '${url}'`);
}

/**
 * Parses the tenant of issued tokens.
 *
 * @throws UsageError
 */
export function parseTenantOption(value: string | undefined): TenantId {
  const tenant = parseTenantId(value ?? DEFAULT_TENANT);
  if (tenant) return tenant;
  throw new UsageError(`--tenant must be 1–64 of A–Z a–z 0–9 _ -, got '${value}'`);
}

/** @throws UsageError */
export function parseRolesOption(value: string): readonly Role[] {
  return value.split(',').map((name) => {
    const role = ROLES.find((known) => known === name.trim());
    if (role) return role;
    throw new UsageError(`--roles must be some of ${ROLES.join(', ')}, separated by commas, got '${value}'`);
  });
}

/** @returns whether a URL is that of a system on this machine */
export const isLoopback = (url: string): boolean => LOOPBACK.test(new URL(url).hostname);

/** Claims of a token for the local system. */
export interface LocalTokenOptions {
  readonly tenant: TenantId;
  readonly roles?: readonly Role[];
  readonly ttlSeconds?: number;
}

/**
 * Issues a token of the local system with the key in its data folder.
 *
 * @throws CommandFailed if `url` is not the system in the data folder
 */
export async function issueLocalToken(
  url: string,
  environment: Environment,
  options: LocalTokenOptions,
): Promise<string> {
  const { port } = new URL(url);
  if (!isLoopback(url)) {
    throw new CommandFailed('A token is needed: --token or JOBDECK_TOKEN, a JWT or an API key');
  }
  const { dataDir, clockOffsetMs } = localSettings(environment);
  const issuer = await openFolderIssuer(dataDir, Number(port || 80)).catch((error: unknown) => {
    if (!(error instanceof NoLocalSystem)) throw error;
    throw new CommandFailed(`${error.message}. Otherwise set --token or JOBDECK_TOKEN`);
  });
  const { tenant, roles = DEFAULT_ROLES, ttlSeconds = TTL_SECONDS } = options;
  return issuer.issueToken({ tenant, roles, ttlSeconds }, Date.now() + clockOffsetMs);
}
