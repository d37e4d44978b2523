import { JobdeckError } from '../errors.ts';
import { toTenantText } from '../service-error-text.ts';

/** The service of a target is throttled, slow or failing now. A repetition may succeed. */
export class TargetUnavailableError extends JobdeckError {
  /** @param target name of the declared target */
  constructor(target: string, cause: unknown) {
    super('unavailable', 'target.unavailable', `the target '${target}' is not available now: ${toTenantText(cause)}`, {
      cause,
    });
    this.name = 'TargetUnavailableError';
  }
}
