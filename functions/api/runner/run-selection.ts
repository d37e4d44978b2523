import type * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import type { Run, SkippedTick } from '../../core/domain/run.ts';
import { parseRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { RunSearchResult } from '../../core/engine/search/find-runs.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getIncarnations } from '../../core/store/job-states.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { getTickRows } from '../../core/store/runs.ts';
import { listOf, matchingText, text } from '../http/input-schemas.ts';
import { requestTimeoutError } from '../http/read-budget.ts';

/** Maximum rows read in search of failed runs: about 2 s at 40 ms for 100 rows. */
export const MAX_SEARCH_ROWS = 5_000;
/** Remaining milliseconds of a request below which no further work starts. */
export const RESPONSE_RESERVE_MS = 3_000;

const MAX_RUN_ID_LENGTH = 200;

/** Filters that select failed runs. */
export const jobId = () => matchingText(JOB_ID, JOB_ID_RULE);
export const causeId = () => matchingText(/^[0-9a-f]{12}$/, 'the `cause` of GET /failures?group=cause');
export const messageId = () => matchingText(/^[0-9a-f]{12}$/, 'the `message_id` of GET /failures?group=message');
export const runIds = (most: number): z.ZodType<readonly string[]> => listOf(text(MAX_RUN_ID_LENGTH), most, 1);

/** A run that a request names by id, with its row or `undefined` if none was found. */
export interface RequestedRun {
  readonly runId: string;
  readonly row: Run | SkippedTick | undefined;
}

/**
 * Reads the runs and skipped ticks with these ids. Duplicate ids are reported once. Ids of other tenants, of deleted
 * jobs and of expired runs have no row.
 */
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
 * Rejects a search that exhausted its budget without a match, because repeating it would return nothing again.
 *
 * @throws InvalidInput that names the filter to narrow
 * @throws JobdeckError `request.timeout` if time ran out
 */
export function assertSearchFoundRuns(
  { runs, remaining: left, outOfTime: isLate }: RunSearchResult,
  field: string,
): void {
  if (runs.length > 0 || left === 0) return;
  if (isLate) throw requestTimeoutError();
  throw new InvalidInput(field, `none of the runs that one request reads matches, and ${left} are left`);
}

/** @returns the filter that narrows a search most, for the error of a search without a match */
export function mostSelectiveField(
  { cause, message_id }: { readonly cause: string | null; readonly message_id: string | null },
  other: string,
): string {
  if (cause !== null) return 'cause';
  return message_id === null ? other : 'message_id';
}

/**
 * A request names runs or gives filters, not both.
 *
 * @throws InvalidInput
 */
export function assertNoFilters(body: Readonly<Record<string, unknown>>): void {
  const filters = ['job_id', 'cause', 'message_id', 'before', 'since', 'until'].filter((name) => body[name] != null);
  if (filters.length > 0) throw new InvalidInput('run_ids', `must not be combined with ${filters.join(', ')}`);
}
