import { parseArgs } from 'node:util';
import { ROLES, type Role } from '../../functions/core/domain/access.ts';
import { parseTenantId } from '../../functions/core/domain/tenant.ts';
import type { TokenRequest } from './issuer/issuer.ts';

export const TOKEN_USAGE =
  'Usage: npm run --silent token -- --tenant acme --roles ADMIN,OWNER [--subject ana@acme.test] [--ttl 3600]';

/** One year. */
const MAX_TTL_SECONDS = 365 * 86_400;

/**
 * Parses the command line of `npm run token`.
 *
 * @throws Error that names the invalid argument and the rule
 */
export function parseTokenArguments(args: readonly string[]): TokenRequest {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tenant: { type: 'string' },
      roles: { type: 'string' },
      subject: { type: 'string' },
      ttl: { type: 'string', default: '3600' },
    },
  });
  const tenant = parseTenantId(values.tenant);
  if (!tenant) throw new Error(`--tenant must be 1–64 of A–Z a–z 0–9 _ -, got ${shown(values.tenant)}.`);
  const ttlSeconds = Number(values.ttl);
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS) {
    throw new Error(`--ttl must be seconds, 1–${MAX_TTL_SECONDS}, got ${shown(values.ttl)}.`);
  }
  if (values.subject === '') throw new Error('--subject must not be empty.');
  return {
    tenant,
    roles: rolesOf(values.roles),
    ttlSeconds,
    ...(values.subject !== undefined && { subject: values.subject }),
  };
}

function rolesOf(text: string | undefined): readonly Role[] {
  const names = (text ?? '').split(',').map((name) => name.trim());
  return names.map((name) => {
    const role = ROLES.find((known) => known === name);
    if (role) return role;
    throw new Error(`--roles must be some of ${ROLES.join(', ')}, separated by commas, got ${shown(text)}.`);
  });
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
