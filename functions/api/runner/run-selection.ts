import type * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import type { Run, SkippedTick } from '../../core/domain/run.ts';
import { parseRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { FailureSearchResult } from '../../core/engine/failures/find-failures.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getIncarnations } from '../../core/store/job-states.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { getTickRows } from '../../core/store/runs.ts';
import { listOf, matchingText, text } from '../http/input-schemas.ts';
import { requestTimeoutError } from '../http/read-budget.ts';

/** Rows that are read in search of failed runs: some 2 s at 40 ms for 100. */
export const MAX_SEARCH_ROWS = 5_000;
/** Left of a request's time when no more is begun. */
export const RESPONSE_RESERVE_MS = 3_000;

const MAX_RUN_ID_LENGTH = 200;

/** How requests choose failed runs. */
export const jobId = matchingText(JOB_ID, JOB_ID_RULE);
export const causeId = matchingText(/^[0-9a-f]{12}$/, 'the `cause` of GET /failures?group=cause');
export const messageId = matchingText(/^[0-9a-f]{12}$/, 'the `message_id` of GET /failures?group=message');
export const runIds = (most: number): z.ZodType<readonly string[]> => listOf(text(MAX_RUN_ID_LENGTH), most, 1);

/** A run that a client names, and what it is; undefined when it is not to be found. */
export interface RequestedRun {
  readonly runId: string;
  readonly row: Run | SkippedTick | undefined;
}

/** The runs, and skipped ticks, of these ids, each once. Whatever else they may name is not found. */
export async function findRequestedRuns(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  ids: readonly string[],
): Promise<readonly RequestedRun[]> {
  const named = [...new Set(ids)].map((runId) => ({ runId, ref: parseRunId(tenant, runId) }));
  const refs = named.flatMap(({ ref }) => ref ?? []);
  const incarnations = await getIncarnations(db, tenant, [...new Set(refs.map((ref) => ref.jobId))]);
  const partitions = Map.groupBy(
    refs.filter((ref) => incarnations.get(ref.jobId) === ref.incarnation),
    (ref) => ref.jobId,
  );
  const found = new Map<string, Run | SkippedTick>();
  for (const [first, ...others] of partitions.values()) {
    if (!first) continue;
    const ulids = [first, ...others].map(({ ulid }) => ulid);
    for (const rows of await getTickRows(db, first, ulids)) {
      const row = rows?.run ?? rows?.skipped;
      if (row && !isPurgeDue(row, now())) found.set(`${row.jobId} ${row.ulid}`, row);
    }
  }
  return named.map(({ runId, ref }) => ({ runId, row: ref && found.get(`${ref.jobId} ${ref.ulid}`) }));
}

/**
 * Refuses a search that ended before it found anything: one that read all that a request may read has to be narrowed.
 *
 * @throws InvalidInput, or JobdeckError `request.timeout` if time ran out
 */
export function assertSearchFoundRuns(
  { runs, remaining: left, outOfTime: isLate }: FailureSearchResult,
  field: string,
): void {
  if (runs.length > 0 || left === 0) return;
  if (isLate) throw requestTimeoutError();
  throw new InvalidInput(field, `none of the failed runs that one request reads matches, and ${left} are left`);
}

/** @returns the field that narrows a search most, for the refusal of a search that finds nothing */
export function mostSelectiveField(
  { cause, message_id }: { readonly cause: string | null; readonly message_id: string | null },
  other: string,
): string {
  if (cause !== null) return 'cause';
  return message_id === null ? other : 'message_id';
}

/**
 * Runs are named, or they are chosen by what they are like.
 *
 * @throws InvalidInput
 */
export function assertNoFilters(body: Readonly<Record<string, unknown>>): void {
  const filters = ['job_id', 'cause', 'message_id', 'before', 'since', 'until'].filter((name) => body[name] != null);
  if (filters.length > 0) throw new InvalidInput('run_ids', `name the runs; leave out ${filters.join(', ')}`);
}
