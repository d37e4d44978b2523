import { parseExactJson } from '../exact-json.ts';
import type { Json } from '../json.ts';
import type { Flow } from './flow.ts';
import type { RecordError } from './record-error.ts';

/** A failed record with the state of the work on it. Fields without a value are absent. */
export interface ErrorWork extends RecordError {
  /** Number of times that the record failed: 1 plus the failed retries. */
  readonly attempts: number;
  /** ULID of the newest run that retries or retried the record; absent once the outcome of the retry is stored. */
  readonly retry?: string;
  /** Time of the newest failed retry, ISO 8601. */
  readonly retriedAt?: string;
  readonly resolvedAt?: string;
  /** `retry`, or the name of the caller who resolved the error. */
  readonly resolvedBy?: string;
  /** JSON of the record that replaces the input in a retry. */
  readonly edited?: string;
  readonly assignedTo?: string;
  readonly note?: string;
  /** Number of edits. @defaultValue 0 */
  readonly revision?: number;
}

export const ERROR_STATUSES = ['open', 'retrying', 'resolved'] as const;
export type ErrorStatus = (typeof ERROR_STATUSES)[number];

/** Value of `resolvedBy` after a retry that delivered the record. */
export const RESOLVED_BY_RETRY = 'retry';

/**
 * Returns the status of an error. A retry whose run ended without an outcome, because the run was canceled or failed,
 * leaves the error open, so that no process has to release the error.
 *
 * @param isActive returns whether the run with a ULID has not ended
 */
export function statusOf(error: ErrorWork, isActive: (ulid: string) => boolean): ErrorStatus {
  if (error.resolvedAt !== undefined) return 'resolved';
  return error.retry !== undefined && isActive(error.retry) ? 'retrying' : 'open';
}

/** The operator at which a retry begins: a transform by its index, or one sink by its id. */
export type ResumePoint = { readonly transform: number } | { readonly sink: string };

/**
 * Returns the operator at which a retry begins by the current definition: the one at which the record failed, or the first
 * transform for a record that could not be read.
 *
 * @returns `undefined` if the flow has no such transform or sink any more
 */
export function resumePointOf(
  { operator, source }: Pick<RecordError, 'operator' | 'source'>,
  { sources, transforms, sinks }: Flow,
): ResumePoint | undefined {
  const transform = transforms.findIndex(({ id }) => id === operator);
  if (transform >= 0) return { transform };
  if (sinks.some(({ id }) => id === operator)) return { sink: operator };
  return operator === source || sources.some(({ id }) => id === operator) ? { transform: 0 } : undefined;
}

/** Returns the reason for which an error cannot be retried, or `undefined`. */
export function findRetryProblem(error: ErrorWork, flow: Flow): string | undefined {
  if (!resumePointOf(error, flow)) return `the flow has no operator '${error.operator}' any more`;
  if (error.edited !== undefined || error.isWhole) return undefined;
  const isUnread = error.operator === error.source || flow.sources.some(({ id }) => id === error.operator);
  return isUnread
    ? 'the input could not be read; set a record first'
    : 'the input is not stored whole; set a record first';
}

/** Returns the record that a retry sends, or `undefined` if there is none. */
export function recordToRetry({ edited, input, isWhole }: ErrorWork): Json | undefined {
  const text = edited ?? (isWhole ? input : undefined);
  return text === undefined ? undefined : parseExactJson(text);
}

/** Selects errors of a flow. Absent conditions match every error. */
export interface ErrorFilter {
  readonly operator?: string | undefined;
  /** Public id of the run in which the record failed. */
  readonly jobId?: string | undefined;
  /** Text that the message or the record contains, in any case. */
  readonly text?: string | undefined;
  readonly assignedTo?: string | undefined;
  /** Bounds of the time of the failure, inclusive, ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** @param jobId public id of the run of the error */
export function matchesFilter(error: ErrorWork, jobId: string, filter: ErrorFilter): boolean {
  const { operator, jobId: job, text, assignedTo, from, to } = filter;
  if (operator !== undefined && error.operator !== operator) return false;
  if (job !== undefined && jobId !== job) return false;
  if (assignedTo !== undefined && error.assignedTo !== assignedTo) return false;
  if (from !== undefined && error.occurredAt < from) return false;
  if (to !== undefined && error.occurredAt > to) return false;
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  return [error.message, error.edited ?? error.input].some((part) => part.toLowerCase().includes(wanted));
}

/** The errors that a bulk operation concerns: those with these ids that match the filter. */
export interface ErrorSelection {
  /** Ids in the order of the walk. @defaultValue all errors of the flow */
  readonly ids?: readonly string[] | undefined;
  readonly filter?: ErrorFilter | undefined;
}

/** Maximum number of ids in a selection. */
export const MAX_SELECTED_IDS = 500;
