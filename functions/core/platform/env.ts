import { Env, type EnvName } from './env-names.ts';

/** The variable's value. A function without it was deployed wrong, and says so when it starts. */
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

/** Origins whose pages may call the API: `https://app.example.com`, or `*` for all; none: the API's own origin only. */
export function corsOrigins(): readonly string[] {
  return (process.env[Env.corsOrigins] ?? '').split(',').filter(Boolean);
}

/** CIDR blocks of private addresses that requests of tenants may go to; none: they reach public addresses only. */
export function privateNetworks(): readonly string[] {
  return (process.env[Env.privateNetworks] ?? '').split(',').filter(Boolean);
}
