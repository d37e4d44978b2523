import { JobdeckError } from '../../core/domain/errors.ts';

/**
 * The error for a run that does not exist, has expired, or belongs to another job, a deleted job or another tenant. The
 * cases are indistinguishable.
 */
export const runNotFoundError = () => new JobdeckError('not_found', 'run.not_found', 'Run not found');
