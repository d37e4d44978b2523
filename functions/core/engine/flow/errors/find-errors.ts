import {
  type ErrorSelection,
  type ErrorStatus,
  findRetryProblem,
  matchesFilter,
  statusOf,
} from '../../../domain/flow/error-work.ts';
import type { Job } from '../../../domain/job.ts';
import type { Json } from '../../../domain/json.ts';
import { publicRunId } from '../../../domain/run-id.ts';
import type { Platform } from '../../../platform/platform.ts';
import type { FlowError } from '../../../store/error-work.ts';
import { jobRefOf } from '../../../store/keys.ts';
import { createActivity } from './activity.ts';
import { visitErrors } from './visit-errors.ts';

/** Errors that one request reads at most, the length of their inputs, and errors that it counts or changes. */
const MAX_VISITED = 5_000;
const MAX_VISITED_LENGTH = 8 * 1024 * 1024;
export const MAX_MATCHED = 1_000;

/** An error with its status. */
export interface FoundError extends FlowError {
  readonly status: ErrorStatus;
}

/** Errors that a search has found. */
export interface FoundErrors {
  readonly errors: readonly FoundError[];
  /** Position at which the search continues; `null` at the end of the list. */
  readonly next: Json;
}

/** Conditions of a search and the maximum number of its results. */
export interface ErrorSearch extends ErrorSelection {
  readonly status?: ErrorStatus | undefined;
  readonly limit: number;
  /** @defaultValue the beginning */
  readonly after?: Json | undefined;
}

/** Searches for errors of a flow. One search reads a bounded number of errors, so that it may find none before the end. */
export async function findErrors(
  platform: Pick<Platform, 'db' | 'now'>,
  job: Job,
  { status, limit, after, ...selection }: ErrorSearch,
): Promise<FoundErrors> {
  const ref = jobRefOf(job);
  const isActive = createActivity(platform.db, ref);
  const errors: FoundError[] = [];
  let visited = 0;
  let length = 0;
  let next: Json = after ?? null;
  for await (const found of visitErrors(platform, ref, selection, next)) {
    if (errors.length >= limit || visited >= MAX_VISITED || length >= MAX_VISITED_LENGTH) return { errors, next };
    visited += 1;
    length += found.error.input.length + (found.error.edited?.length ?? 0);
    next = found.next;
    const { error, run } = found;
    if (!matchesFilter(error, publicRunId(run), selection.filter ?? {})) continue;
    const isHeld = error.retry !== undefined && (await isActive(error.retry));
    const current = statusOf(error, () => isHeld);
    if (status === undefined || status === current) errors.push({ run, error, status: current });
  }
  return { errors, next: null };
}

/** Counts the open errors that can be retried. */
export async function findRetryable(
  platform: Pick<Platform, 'db' | 'now'>,
  job: Job,
  selection: ErrorSelection,
): Promise<{ readonly matched: number; readonly more: boolean }> {
  const { target } = job;
  if (target.type !== 'flow') return { matched: 0, more: false };
  const { errors, next } = await findErrors(platform, job, { ...selection, status: 'open', limit: MAX_MATCHED });
  const retryable = errors.filter(({ error }) => findRetryProblem(error, target.flow) === undefined);
  return { matched: retryable.length, more: next !== null };
}
