import { InvalidInput } from './errors.ts';
import type { ScriptTarget } from './job.ts';
import { isAwsVariable } from './script-role.ts';
import { assertNoSecretReferences, validateSecretReferences } from './secret.ts';
import { validateVariable } from './variable.ts';

/** Maximum size of all names and values of `env`, in bytes. */
const MAX_ENV_BYTES = 4 * 1024;

/** Variables that change how a process starts or where it writes, and the platform's own variables. */
const RESERVED_ENV = /^(NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_PATH|LD_\w*|DYLD_\w*|JOBDECK_\w*|HOME|TMPDIR)$/;

/**
 * Validates the arguments and variables of a script, as a job or one of its runs has them. Errors name fields as requests
 * do.
 *
 * @param script name of the script
 * @param scriptsWithRole scripts that receive credentials of AWS; their variables of AWS are reserved
 * @throws InvalidInput
 */
export function validateScriptArguments(
  script: string | undefined,
  { args, env }: Pick<ScriptTarget, 'args' | 'env'>,
  scriptsWithRole: readonly string[],
): void {
  for (const [variable, value] of Object.entries(env)) {
    validateVariable({ field: 'env', name: variable, value }, RESERVED_ENV);
    // guard: definition.aws-variables
    if (script !== undefined && scriptsWithRole.includes(script) && isAwsVariable(variable)) {
      throw new InvalidInput(`env.${variable}`, `is reserved, because the script '${script}' has a role`);
    }
  }
  for (const [i, arg] of args.entries()) assertNoSecretReferences(`args[${i}]`, arg, 'values of env');
  validateSecretReferences(Object.entries(env).map(([variable, value]) => [`env.${variable}`, value]));
  const bytes = Object.entries(env).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
  if (bytes > MAX_ENV_BYTES) {
    throw new InvalidInput('env', `must have at most ${MAX_ENV_BYTES} bytes of names and values, got ${bytes}`);
  }
}
