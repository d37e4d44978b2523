import { validate } from '../../functions/api/http/validate.ts';
import { toRunDelay } from '../../functions/api/runner/run-delay.ts';
import { triggerBody } from '../../functions/api/runner/run-options.ts';
import { resolveDelay } from '../../functions/core/domain/run-delay.ts';

/**
 * Validates the fields of a trigger by a script, as far as they do not depend on the job.
 *
 * @returns the start of the run, ISO 8601, or `null` for a run that starts at once
 * @throws InvalidInput
 */
export function readTriggerFields(input: unknown): string | null {
  const delay = toRunDelay(validate(triggerBody(), input, 'input'));
  return (delay && resolveDelay(delay, Date.now())) ?? null;
}
