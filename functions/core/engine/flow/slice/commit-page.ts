import { addCounts, NO_RECORDS } from '../../../domain/flow/counts.ts';
import type { DeltaStart } from '../../../domain/flow/delta.ts';
import { operatorsOf } from '../../../domain/flow/flow.ts';
import { isRetryPlan } from '../../../domain/flow/plan.ts';
import { addRate } from '../../../domain/flow/rates.ts';
import type { Task } from '../../../domain/flow/task.ts';
import { jsonBytes } from '../../../domain/json.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import type { Write } from '../../../store/db.ts';
import { putRunWithErrors } from '../../../store/error-work.ts';
import { flowCursorWrite } from '../../../store/flow-cursors.ts';
import { putRecordErrors } from '../../../store/record-errors.ts';
import { retryWrite } from '../errors/retry-outcome.ts';
import { addOperatorCounts, takeWarnings } from './operator-counts.ts';
import type { Page, ProcessedPage, TaskDelta } from './page.ts';
import type { SliceContext, SlicePause } from './slice-context.ts';
import { currentSplit } from './task-position.ts';

/** Errors per operator and task that are stored. Further errors are only counted. */
const MAX_STORED_ERRORS = 1_000;

/**
 * Commits a processed page: moves the task behind it, together with its counts. If the sinks did not finish the page,
 * commits their progress within it.
 *
 * @returns a pause if the rest of the page is left to the next slice
 * @throws FlowFailure if a record failed and the flow stops at errors
 */
export async function commitPage(
  slice: SliceContext,
  page: Page,
  processed: ProcessedPage,
): Promise<SlicePause | undefined> {
  if (processed.part && page.retried) return { waitMs: processed.waitMs ?? 0 };
  if (processed.part) {
    await commit(slice, { part: processed.part }, [processed]);
    return { waitMs: /* guard: sink.asked-wait */ processed.waitMs ?? 0 };
  }
  const deltas = page.read ? [page.read, processed] : [processed];
  await commit(
    slice,
    page.positionAfter(),
    deltas,
    // guard: message.acknowledge-after-commit
    page.onCommitted,
    page.retried ? [retryWrite(slice, page.retried, processed)] : cursorWrites(slice, page, deltas),
  );
  return undefined;
}

/** Stores the failed records, then commits the task. A page that is processed again stores the same errors. */
async function commit(
  slice: SliceContext,
  changes: Partial<Task>,
  deltas: readonly TaskDelta[],
  onCommitted?: () => Promise<void>,
  writes: readonly Write[] = [],
): Promise<void> {
  const { leased, log, plan, platform, latencies, run } = slice;
  await storeErrors(slice, deltas);
  leased.addStoredBytes(await log.flush(platform.db, run));
  const next = { part: null, ...changes, ...countsAfter(slice, deltas) };
  const refused = await leased.commitWith(next, writes);
  if (refused.length > 0) {
    // The cursor was set during the run, or another run stored one: that one stays. An error has expired.
    const source = plan.flow.sources[currentSplit(slice).source];
    const what = isRetryPlan(plan) ? 'a retried error has expired' : 'the cursor changed during the run and is kept';
    log.write('info', source?.id ?? null, what);
    await leased.commit(next);
  }
  await latencies.storeIfDue();
  await onCommitted?.();
  failOnError(slice, deltas);
}

/**
 * Returns the write of the cursor of a source's next run, which is committed with the last page of the source. A flow
 * that stops at a failed record keeps the former cursor.
 */
function cursorWrites(slice: SliceContext, { cursor }: Page, deltas: readonly TaskDelta[]): readonly Write[] {
  if (cursor === undefined) return [];
  const { platform, plan, run } = slice;
  const { number, source } = currentSplit(slice);
  const { id } = plan.flow.sources[source] ?? {};
  const isStopped = plan.flow.onError === 'stop' && deltas.some(({ errors }) => errors.length > 0);
  if (id === undefined || /* guard: delta.stopped */ isStopped) return [];
  return [flowCursorWrite(platform.db, run, id, plan.splits[number]?.data as unknown as DeltaStart, cursor)];
}

/** Returns the task's counts after the deltas, including warnings logged since the last call. */
export function countsAfter(
  { leased: { task }, plan, platform, log }: SliceContext,
  deltas: readonly TaskDelta[],
): Pick<Task, 'operators' | 'records' | 'rates'> {
  const warnings = takeWarnings(log, plan.flow);
  const added = deltas.reduce((sum, { records }) => addCounts(sum, records), NO_RECORDS);
  return {
    operators: [...deltas.map(({ operators }) => operators), warnings].reduce(addOperatorCounts, task.operators),
    records: addCounts(task.records, added),
    rates: addRate(task.rates, platform.now(), { in: added.exported, out: added.success }),
  };
}

/** Stores the failed records of deltas, up to the limit of each operator. */
export async function storeErrors(
  { platform, plan, leased, run }: SliceContext,
  deltas: readonly TaskDelta[],
): Promise<void> {
  const { task } = leased;
  const counts = new Map(operatorsOf(plan.flow).map(({ id }, i) => [id, task.operators[i]?.errors ?? 0]));
  const stored = deltas
    .flatMap(({ errors }) => errors)
    .filter(({ operator }) => {
      const before = counts.get(operator) ?? 0;
      counts.set(operator, before + 1);
      return before < MAX_STORED_ERRORS;
    });
  if (stored.length === 0) return;
  // The errors of a retry are those of the errors that it retries, which stay in the list under their own ids.
  if (!isRetryPlan(plan) && !leased.isListedWithErrors) {
    await putRunWithErrors(platform.db, run, platform.now());
    leased.isListedWithErrors = true;
  }
  await putRecordErrors(platform.db, run, stored);
  leased.addStoredBytes(jsonBytes(stored));
}

/** @throws FlowFailure if the deltas contain a failed record and the flow stops at errors */
export function failOnError({ plan }: SliceContext, deltas: readonly TaskDelta[]): void {
  const [first] = deltas.flatMap(({ errors }) => errors);
  if (!first || plan.flow.onError === 'continue') return;
  throw new FlowFailure(`a record failed at ${first.operator}: ${first.message}`, { permanent: true });
}
