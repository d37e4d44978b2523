/**
 * Returns a required variable.
 *
 * @throws if the job's `env` does not set it
 */
export function requireVariable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`env: ${name} is missing; set it in the job's env`);
  return value;
}
