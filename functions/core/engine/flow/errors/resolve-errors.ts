import type { ErrorSelection } from '../../../domain/flow/error-work.ts';
import type { Job } from '../../../domain/job.ts';
import type { Json } from '../../../domain/json.ts';
import { forEachConcurrent } from '../../../platform/for-each-concurrent.ts';
import type { Platform } from '../../../platform/platform.ts';
import { resolveError } from '../../../store/error-work.ts';
import { findErrors, MAX_MATCHED } from './find-errors.ts';

/** Errors that are resolved at the same time. */
const CONCURRENCY = 10;

/**
 * Resolves open errors of a flow. Each is resolved by itself, so that a request that ends early has made progress. An error that a retry claims meanwhile stays with the retry.
 *
 * @param by name of the caller
 * @param after position of a former resolution. @default the beginning
 * @returns the number of resolved errors, and the position at which the resolution continues; `null` at the end of the list
 */
export async function resolveErrors(
  platform: Pick<Platform, 'db' | 'now'>,
  job: Job,
  selection: ErrorSelection,
  by: string,
  after: Json = null,
): Promise<{ readonly matched: number; readonly next: Json }> {
  const search = { ...selection, status: 'open', limit: MAX_MATCHED, after } as const;
  const { errors, next } = await findErrors(platform, job, search);
  const resolvedAt = new Date(platform.now()).toISOString();
  let matched = 0;
  await forEachConcurrent(CONCURRENCY, errors, async ({ run, error }) => {
    if (await resolveError(platform.db, run, error, { resolvedAt, resolvedBy: by })) matched += 1;
  });
  return { matched, next };
}
