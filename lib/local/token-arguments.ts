import { Command } from '@commander-js/extra-typings';
import { ROLES, type Role } from '../../functions/core/domain/access.ts';
import { parseTenantId } from '../../functions/core/domain/tenant.ts';
import type { TokenRequest } from './issuer/issuer.ts';

/** One year. */
const MAX_TTL_SECONDS = 365 * 86_400;

/**
 * Parses the command line of `npm run token`.
 *
 * @throws Error that names the invalid argument and the rule
 * @throws CommanderError with exit code 0 after the help was printed
 */
export function parseTokenArguments(args: readonly string[]): TokenRequest {
  const options = new Command('npm run --silent token --')
    .description('Prints a token for the local system.')
    .option('--tenant <tenant>', '1–64 of A–Z a–z 0–9 _ -')
    .option('--roles <roles>', `separated by commas: ${ROLES.join(', ')}`)
    .option('--subject <subject>', 'user name or e-mail address (<first role>@<tenant>.test)')
    .option('--ttl <seconds>', 'lifetime', '3600')
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new Error(error.message.replace(/^error: /, ''));
    })
    .configureOutput({ outputError: () => {} })
    .parse(args, { from: 'user' })
    .opts();
  const tenant = parseTenantId(options.tenant);
  if (!tenant) throw new Error(`--tenant must be 1–64 of A–Z a–z 0–9 _ -, got ${format(options.tenant)}.`);
  const ttlSeconds = Number(options.ttl);
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS) {
    throw new Error(`--ttl must be seconds, 1–${MAX_TTL_SECONDS}, got ${format(options.ttl)}.`);
  }
  if (options.subject === '') throw new Error('--subject must not be empty.');
  return {
    tenant,
    roles: parseRoles(options.roles),
    ttlSeconds,
    ...(options.subject !== undefined && { subject: options.subject }),
  };
}

function parseRoles(text: string | undefined): readonly Role[] {
  const names = (text ?? '').split(',').map((name) => name.trim());
  return names.map((name) => {
    const role = ROLES.find((known) => known === name);
    if (role) return role;
    throw new Error(`--roles must be some of ${ROLES.join(', ')}, separated by commas, got ${format(text)}.`);
  });
}

function format(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
