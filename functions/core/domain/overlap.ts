import type { OverlapPolicy } from './job.ts';

/** What a run that is about to start finds at its job's lock. */
export type LockStatus = 'free' | 'own' | 'taken';

export type Admission =
  /** Starts now; takes the lock unless the policy is `allow`. */
  | 'start'
  /** Becomes the one run that waits for the lock. */
  | 'wait'
  /** Waits for the lock, after the run that holds it and the one that waits were cancelled. */
  | 'replace'
  /** Does not become a run. */
  | 'refuse';

/**
 * Whether a run may start while another run of its job may be alive.
 *
 * `queue` buffers one: with a run waiting already, the next is refused.
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
