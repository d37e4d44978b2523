import type { ErrorSelection } from '../../../domain/flow/error-work.ts';
import type { Job } from '../../../domain/job.ts';
import { forEachConcurrent } from '../../../platform/for-each-concurrent.ts';
import type { Platform } from '../../../platform/platform.ts';
import { resolveError } from '../../../store/error-work.ts';
import { findErrors, MAX_MATCHED } from './find-errors.ts';

/** Errors that are resolved at the same time. */
const CONCURRENCY = 10;

/**
 * Resolves open errors of a flow. Each is resolved by itself, so that a request that ends early has made progress, and a repeat
 * continues: resolved errors do not match again. An error that a retry claims meanwhile stays with the retry.
 *
 * @param by name of the caller
 * @returns the number of resolved errors; `more`: others may match, which a repeat resolves
 */
export async function resolveErrors(
  platform: Pick<Platform, 'db' | 'now'>,
  job: Job,
  selection: ErrorSelection,
  by: string,
): Promise<{ readonly matched: number; readonly more: boolean }> {
  const { errors, next } = await findErrors(platform, job, { ...selection, status: 'open', limit: MAX_MATCHED });
  const resolvedAt = new Date(platform.now()).toISOString();
  let matched = 0;
  await forEachConcurrent(CONCURRENCY, errors, async ({ run, error }) => {
    if (await resolveError(platform.db, run, error, { resolvedAt, resolvedBy: by })) matched += 1;
  });
  return { matched, more: next !== null };
}
