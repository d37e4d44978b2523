import { InvalidInput } from '../../core/domain/errors.ts';
import { operatorsOf } from '../../core/domain/flow/flow.ts';
import { matchingText, orDefault, queryInteger } from '../http/input-schemas.ts';
import type { PipelineJob } from './find-job.ts';

/** What the lists of what a job left behind are asked with: shapes of query parameters, which come as text. */

const MAX_EPOCH_MS = 9_999_999_999_999;

export const limit = (most: number, byDefault: number) => orDefault(queryInteger(1, most), byDefault);
export const offset = orDefault(queryInteger(0, 999_999_999), 0);
/** Epoch milliseconds. */
export const epochMs = queryInteger(0, MAX_EPOCH_MS).optional();
/** Seconds to wait for something that is not there yet. The request has 29 in all. */
export const wait = orDefault(queryInteger(0, 25), 0);
export const operatorId = matchingText(/^[A-Za-z0-9_-]{1,64}$/, '1–64 of A–Z a–z 0–9 _ -').optional();
export const taskIndex = queryInteger(0, 63).optional();

/** Refuses to list what belongs to an operator that the job has not. @throws InvalidInput */
export function assertOperator({ flow }: Pick<PipelineJob, 'flow'>, id: string | undefined): void {
  const known = operatorsOf(flow).map((operator) => operator.id);
  if (id === undefined || known.includes(id)) return;
  throw new InvalidInput('operator_id', `must be one of the job's operators (${known.join(', ')}), got '${id}'`);
}
