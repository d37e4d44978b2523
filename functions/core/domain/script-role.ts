import { createHash } from 'node:crypto';
import { JobdeckError } from './errors.ts';

/**
 * Maximum length of the part of a role's name that stands for the script. The name of a role has at most 64 characters,
 * of which a prefix with the stage takes 28 at most, and the region and its hyphen 15.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_PART_LENGTH = 21;
/** Characters of the hash in a shortened part. */
const HASH_LENGTH = 8;

/**
 * Returns the part of a role's name that stands for a script: its name, or the start of a long name with a hash.
 *
 * @param script name as `parseScriptName` returns it
 */
export function scriptRolePart(script: string): string {
  if (script.length <= MAX_PART_LENGTH) return script;
  const hash = createHash('sha256').update(script).digest('hex').slice(0, HASH_LENGTH);
  return `${script.slice(0, MAX_PART_LENGTH - HASH_LENGTH - 1)}-${hash}`;
}

/**
 * Returns the ARN of a script's role.
 *
 * @param pattern ARN of the roles of all scripts, with `*` in the place of the script
 */
export const scriptRoleArn = (pattern: string, script: string): string => pattern.replace('*', scriptRolePart(script));

/** Variables that select or override credentials and endpoints of AWS. A job may not set them for a script with a role. */
export const isAwsVariable = (name: string): boolean => /^AWS_/i.test(name);

/** The role of a script cannot be assumed now. A repetition may succeed. */
export class ScriptRoleUnavailableError extends JobdeckError {
  /**
   * Code of the error with which STS refused the request. Repetitions succeed for a short time only, in which IAM
   * propagates a new role. `undefined` for another error.
   */
  readonly refusal: string | undefined;

  constructor(script: string, cause: unknown, refusal?: string) {
    const reason = refusal === undefined ? 'cannot be assumed now' : `cannot be assumed: STS answers ${refusal}`;
    super('unavailable', 'script_role.unavailable', `the role of the script '${script}' ${reason}`, { cause });
    this.name = 'ScriptRoleUnavailableError';
    this.refusal = refusal;
  }
}
