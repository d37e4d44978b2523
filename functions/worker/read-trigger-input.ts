import { validate } from '../api/http/validate.ts';
import { toTriggerRequest, triggerBody } from '../api/runner/run-options.ts';
import type { Job } from '../core/domain/job.ts';
import type { TriggerRequest } from '../core/domain/run-input.ts';

/**
 * Validates the input of a trigger by a script, as the API validates the body of a trigger by an operator: variables of the
 * input must not meet secrets. Loaded on demand, because few runs start others.
 *
 * @throws InvalidInput
 * @throws JobdeckError `payload.too_large`, `input.secrets` (forbidden)
 */
export async function readTriggerInput(job: Job, input: unknown): Promise<TriggerRequest> {
  const caller = { tenant: job.tenant, roles: [], name: 'script' };
  return toTriggerRequest(caller, job, validate(triggerBody(), input, 'input'));
}
