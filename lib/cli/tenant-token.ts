import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { type Environment, isLoopback, issueLocalToken } from './connection.ts';
import { CommandFailed } from './errors.ts';
import { readTokenIdentity } from './token-identity.ts';

const COMMAND_TIMEOUT_MS = 60_000;

/** Sources of the tokens of several tenants. */
export interface TokenSources {
  readonly url: string;
  /** `--token` or `JOBDECK_TOKEN`: the token of the only tenant. */
  readonly token: string | undefined;
  /** `--token-command`: prints the token of the tenant in `JOBDECK_TENANT`. */
  readonly tokenCommand: string | undefined;
  readonly environment: Environment;
  /** Several tenants are named, so that `token` cannot be meant. */
  readonly hasSeveralTenants: boolean;
  /** Tokens whose tenant cannot be read are rejected. */
  readonly needsTenant: boolean;
  /** Claim with the tenant in tokens of the stage. By default, the usual claims are read. */
  readonly tenantClaim: string | undefined;
}

/** Returns the variable with the token of a tenant: `JOBDECK_TOKEN_SHOP_1` for the tenant `shop-1`. */
export const tokenVariable = (tenant: TenantId): string => `JOBDECK_TOKEN_${tenant.toUpperCase().replaceAll('-', '_')}`;

/**
 * Returns the token of a tenant: the output of the command, the variable of the tenant, the only token, or a new token
 * of the local system, in this order.
 *
 * @throws CommandFailed if there is none, if it is the token of another tenant, or if its tenant is needed and unreadable
 */
export async function findTenantToken(tenant: TenantId, sources: TokenSources): Promise<string> {
  const token = await findToken(tenant, sources);
  const { tenantClaim } = sources;
  const { tenant: named } = readTokenIdentity(token, tenantClaim);
  // guard: apply.token.certain
  if (named === null && sources.needsTenant) {
    throw new CommandFailed(
      tenantClaim === undefined
        ? "the token has no tenant in its claims 'custom:tenant' and 'tenant'; name the claim in identity.tenantClaim of " +
            'a stage and use --stage'
        : `the token has no tenant in its claim '${tenantClaim}'`,
    );
  }
  // Two tenants may share a variable, such as `a-b` and `a_b`.
  // guard: apply.token.tenant
  if (named !== null && named !== tenant) throw new CommandFailed(`the token is one of the tenant '${named}'`);
  return token;
}

async function findToken(tenant: TenantId, sources: TokenSources): Promise<string> {
  const { url, token, tokenCommand, environment, hasSeveralTenants } = sources;
  if (tokenCommand !== undefined) return runTokenCommand(tokenCommand, tenant, environment);
  const own = environment[tokenVariable(tenant)];
  if (own) return own;
  if (token && !hasSeveralTenants) return token;
  if (isLoopback(url)) return issueLocalToken(url, environment, { tenant });
  const only = hasSeveralTenants ? '' : ', --token or JOBDECK_TOKEN';
  throw new CommandFailed(`a token is needed: ${tokenVariable(tenant)}${only}, or --token-command`);
}

async function runTokenCommand(command: string, tenant: TenantId, environment: Environment): Promise<string> {
  const env = { ...environment, JOBDECK_TENANT: tenant };
  const [shell, option] = process.platform === 'win32' ? ['cmd.exe', '/c'] : ['/bin/sh', '-c'];
  try {
    const { stdout } = await promisify(execFile)(shell, [option, command], { env, timeout: COMMAND_TIMEOUT_MS });
    if (stdout.trim() !== '') return stdout.trim();
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    throw new CommandFailed(`--token-command failed: ${stderr?.trim() || message}`);
  }
  throw new CommandFailed('--token-command printed no token');
}
