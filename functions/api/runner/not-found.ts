import { JobdeckError } from '../../core/domain/errors.ts';

/** The same for a run of another job, of a deleted one, past its time, or of another tenant. */
export const runNotFoundError = () => new JobdeckError('not_found', 'run.not_found', 'Run not found');
