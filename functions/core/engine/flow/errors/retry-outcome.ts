import { RESOLVED_BY_RETRY } from '../../../domain/flow/error-work.ts';
import type { RetriedError } from '../../../executors/flow/source-reader.ts';
import type { Write } from '../../../store/db.ts';
import { outcomeWrite } from '../../../store/error-work.ts';
import type { ProcessedPage } from '../slice/page.ts';
import type { SliceContext } from '../slice/slice-context.ts';

/**
 * Returns the write of the outcome of a retry, which is committed together with the position and the counts of the task: the
 * error is resolved, or open again with another attempt. A record that the transforms drop is delivered as far as it can be.
 */
export function retryWrite(
  { platform }: Pick<SliceContext, 'platform'>,
  { run, error }: RetriedError,
  { errors: [failure] }: ProcessedPage,
): Write {
  const at = new Date(platform.now()).toISOString();
  if (!failure) return outcomeWrite(platform.db, run, error, { resolvedAt: at, resolvedBy: RESOLVED_BY_RETRY });
  const message = failure.operator === error.operator ? failure.message : `${failure.operator}: ${failure.message}`;
  return outcomeWrite(platform.db, run, error, { message, retriedAt: at });
}
