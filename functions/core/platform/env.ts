import { Env, type EnvName } from './env-names.ts';

/** @throws Error at start if the variable is not set, which is a fault of the deployment */
export function requireEnv(name: EnvName): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
}

export function requireNumberEnv(name: EnvName): number {
  const value = Number(requireEnv(name));
  if (!Number.isFinite(value)) throw new Error(`environment variable ${name} is not a number`);
  return value;
}

/**
 * Returns the origins whose pages may call the API, for example `https://app.example.com`, or `*` for all; empty for
 * the API's own origin only.
 */
export function corsOrigins(): readonly string[] {
  return (process.env[Env.corsOrigins] ?? '').split(',').filter(Boolean);
}

/** Returns the CIDR blocks of private addresses that requests of tenants may reach; empty for public addresses only. */
export function privateNetworks(): readonly string[] {
  return (process.env[Env.privateNetworks] ?? '').split(',').filter(Boolean);
}

/** Returns the address that sends e-mail, or `undefined` if the stage sends none. */
export const emailFrom = (): string | undefined => process.env[Env.emailFrom] || undefined;

/** Returns the domains to which the stage sends e-mail, or `undefined` for all. */
export const emailDomains = (): readonly string[] | undefined =>
  process.env[Env.emailDomains]?.split(',').filter(Boolean);
