import { JobdeckError } from '../errors.ts';

/** The service of a target is throttled, slow or failing now. A repetition may succeed. */
export class TargetUnavailableError extends JobdeckError {
  /** @param target name of the declared target */
  constructor(target: string, cause: unknown) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super('unavailable', 'target.unavailable', `the target '${target}' is not available now: ${reason}`, { cause });
    this.name = 'TargetUnavailableError';
  }
}
