import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import type { IfMatch } from '../http/if-match.ts';

type Version = Pick<Job, 'incarnation' | 'version'>;

/**
 * Returns the entity tag of a job's definition. The incarnation distinguishes a job from an earlier one with the same
 * id.
 */
export const etagOf = ({ incarnation, version }: Version): string => `"${incarnation}-${version}"`;

/**
 * Checks the `If-Match` precondition of a request.
 *
 * @throws JobdeckError `job.changed` (precondition) if no tag names the job's version
 */
export function assertIfMatch(job: Version, ifMatch: IfMatch | undefined): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.includes(etagOf(job))) return;
  throw jobChangedError(job, ifMatch);
}

export const jobChangedError = (job: Version, ifMatch: IfMatch): JobdeckError =>
  new JobdeckError(
    'precondition',
    'job.changed',
    `if-match: must name the current version, ${etagOf(job)}, got ${formatIfMatch(ifMatch)}`,
  );

/** The error of a request with `If-Match` for a job that does not exist. */
export const noJobError = (ifMatch: IfMatch): JobdeckError =>
  new JobdeckError(
    'precondition',
    'job.changed',
    `if-match: must be absent, because the job does not exist, got ${formatIfMatch(ifMatch)}`,
  );

const formatIfMatch = (ifMatch: IfMatch): string => (ifMatch.length > 0 ? String(ifMatch) : 'weak tags only');
