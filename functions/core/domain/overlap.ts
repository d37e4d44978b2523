import type { OverlapPolicy } from './job.ts';

/** The state of a job's overlap lock, as seen by a run that is about to start. */
export type LockStatus = 'free' | 'own' | 'taken';

export type Admission =
  /** Starts now and takes the lock, unless the policy is `allow`. */
  | 'start'
  /** Becomes the one run that waits for the lock. */
  | 'wait'
  /** Waits for the lock after the run that holds it and the waiting run have been canceled. */
  | 'replace'
  /** Does not become a run. */
  | 'refuse';

/**
 * Decides whether a run may start while another run of its job may be active.
 *
 * `queue` buffers one run: while a run is waiting, the next one is refused.
 */
export function decideAdmission(policy: OverlapPolicy, lock: LockStatus, buffered: boolean): Admission {
  if (policy === 'allow' || lock !== 'taken') return 'start';
  switch (policy) {
    case 'skip':
      return 'refuse';
    case 'queue':
      return buffered ? 'refuse' : 'wait';
    case 'replace':
      return 'replace';
  }
}

/** Returns why a job with an overlap policy starts no run now, as the rest of a sentence about the job. */
export const describeOverlap = (policy: OverlapPolicy): string =>
  policy === 'queue'
    ? 'is running already, and another run waits for its end (overlap policy queue, with which at most one waits)'
    : `is running already (overlap policy ${policy})`;
