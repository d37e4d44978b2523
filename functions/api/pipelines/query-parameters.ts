import { InvalidInput } from '../../core/domain/errors.ts';
import { operatorsOf } from '../../core/domain/flow/flow.ts';
import { matchingText, orDefault, queryInteger } from '../http/input-schemas.ts';
import type { PipelineJob } from './find-job.ts';

/** Query parameters shared by the lists of records, log lines and errors. */

const MAX_EPOCH_MS = 9_999_999_999_999;

export const limit = (most: number, byDefault: number) => orDefault(queryInteger(1, most), byDefault);
export const offset = () => orDefault(queryInteger(0, 999_999_999), 0);
/** Epoch milliseconds. */
export const epochMs = () => queryInteger(0, MAX_EPOCH_MS).optional();
/** Maximum seconds to wait for new items. A request lasts at most 29 seconds. */
export const wait = () => orDefault(queryInteger(0, 25), 0);
export const operatorId = () => matchingText(/^[A-Za-z0-9_-]{1,64}$/, '1–64 of A–Z a–z 0–9 _ -').optional();
export const taskIndex = () => queryInteger(0, 63).optional();

/**
 * Checks that a job has the operator.
 *
 * @throws InvalidInput
 */
export function assertOperator({ flow }: Pick<PipelineJob, 'flow'>, id: string | undefined): void {
  const known = operatorsOf(flow).map((operator) => operator.id);
  if (id === undefined || known.includes(id)) return;
  throw new InvalidInput('operator_id', `must be one of the job's operators (${known.join(', ')}), got '${id}'`);
}
