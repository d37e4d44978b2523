import { Env } from './env-names.ts';

/** Returns the names of the scripts that have a role. */
export function scriptsWithRole(): readonly string[] {
  return (process.env[Env.scriptRoles] ?? '').split(',').filter(Boolean);
}
