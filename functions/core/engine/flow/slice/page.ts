import {
  addCounts,
  NO_COUNTS,
  NO_RECORDS,
  type OperatorCounts,
  type RecordCounts,
} from '../../../domain/flow/counts.ts';
import { operatorsOf } from '../../../domain/flow/flow.ts';
import { addRate } from '../../../domain/flow/rates.ts';
import type { RecordError } from '../../../domain/flow/record-error.ts';
import type { PartialPage, Task } from '../../../domain/flow/task.ts';
import { type Json, jsonBytes } from '../../../domain/json.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import { processPage } from '../../../executors/flow/process-page.ts';
import type { SourceBatch, SourceRecord } from '../../../executors/flow/source-reader.ts';
import { putRecordErrors } from '../../../store/record-errors.ts';
import { addOperatorCounts, currentSplit, placeAfterPage, type SliceContext, takeWarnings } from './slice-context.ts';

/** Errors of one operator that a task keeps; of further ones only the number is known. */
const MAX_STORED_ERRORS = 1_000;

/** What something did to the counts of a task, and the records that failed by it. */
export interface PageResult {
  readonly operators: readonly OperatorCounts[];
  readonly records: RecordCounts;
  readonly errors: readonly RecordError[];
  /** What sinks have had of a page that is not through; the rest of it is for the next slice. */
  readonly part?: PartialPage | null;
  /** Milliseconds that sinks ask to wait before the rest. @default 0 */
  readonly waitMs?: number;
}

/** The end of a slice before all of a page was written. The next slice begins after so many milliseconds. */
export interface Pause {
  readonly waitMs: number;
}

/** How long sinks may take for a page before what is left of it is for the next slice; and once the run is to stop. */
const PAGE_TIMEOUT_MS = 60_000;
const DRAIN_PAGE_TIMEOUT_MS = 10_000;

/**
 * Takes a page of a source that gives the same when asked again from it into the sinks; a pause when the slice ends
 * before all of it was.
 */
export async function processSourcePage(work: SliceContext, batch: SourceBatch): Promise<Pause | undefined> {
  const valid = selectValid(batch.records);
  const read = countRead(work, batch, valid.values.length > 0 ? 1 : 0);
  const done = await processRecords(work, valid.values, valid.places);
  return commitPage(work, () => placeAfterPage(work, batch.next), read, done);
}

/**
 * Moves a task on behind a page, or commits what sinks have had of it; a pause when that is not all.
 *
 * @param committed see `commitDone`; not called when sinks had a part of the page only
 */
export async function commitPage(
  work: SliceContext,
  moved: () => Partial<Task>,
  read: PageResult | undefined,
  done: PageResult,
  committed?: () => Promise<void>,
): Promise<Pause | undefined> {
  if (!done.part) {
    await commitResults(work, moved(), read ? [read, done] : [done], committed);
    return undefined;
  }
  await commitResults(work, { part: done.part }, [done]);
  return { waitMs: /* guard: sink.asked-wait */ done.waitMs ?? 0 };
}

/** The good records of a batch, and the place of each. */
export function selectValid(records: readonly SourceRecord[]): { readonly values: Json[]; readonly places: number[] } {
  const [values, places]: [Json[], number[]] = [[], []];
  for (const [place, record] of records.entries()) {
    if (!('value' in record)) continue;
    values.push(record.value);
    places.push(place);
  }
  return { values, places };
}

/**
 * What reading a batch did.
 *
 * @param places of its records, where some that were read with them are left out
 */
export function countRead(
  work: SliceContext,
  { records, bytes }: Pick<SourceBatch, 'records' | 'bytes'>,
  pages: number,
  places: readonly number[] = [...records.keys()],
): PageResult {
  const { plan, leased: held, platform } = work;
  const { number, source } = currentSplit(work);
  const operators = operatorsOf(plan.flow);
  const occurredAt = new Date(platform.now()).toISOString();
  const errors = records.flatMap((record, i) => {
    if ('value' in record) return [];
    const { input, message } = record.failed;
    const place = { split: number, page: held.task.page, index: places[i] ?? i, task: held.task.index };
    return [{ operator: operators[source]?.id ?? '', ...place, message, input, occurredAt }];
  });
  const counts = {
    ...NO_COUNTS,
    in: records.length,
    out: records.length - errors.length,
    errors: errors.length,
    bytesIn: bytes,
    bytesOut: bytes,
    pages,
    failedRecords: errors.length,
  };
  return {
    operators: operators.map((_, i) => (i === source ? counts : NO_COUNTS)),
    records: { ...NO_RECORDS, exported: records.length, error: errors.length, pagesGenerated: pages },
    errors,
  };
}

/** Takes a page through the transforms and into all sinks. A page without a record is none. */
export async function processRecords(
  work: SliceContext,
  values: readonly Json[],
  places: readonly number[],
): Promise<PageResult> {
  const { plan, open, leased: held, signal, platform, lineage } = work;
  if (values.length === 0) return { operators: [], records: NO_RECORDS, errors: [] };
  const { page, index, operators } = held.task;
  const { number: split, source } = currentSplit(work);
  // All sinks are offered the same.
  const offered = operators.at(-1)?.in ?? 0;
  const before = operators.map(({ out }, i) => (i === source ? Math.max(0, out - countUnprocessed(held.task)) : out));
  const key = { lineage, split, page, task: index };
  const begun = platform.now();
  const isLate = () => platform.now() - begun >= (work.isDraining() ? DRAIN_PAGE_TIMEOUT_MS : PAGE_TIMEOUT_MS);
  const input = {
    key,
    values,
    indexes: places,
    source,
    offeredBefore: offered,
    outputsBefore: before,
    part: held.task.part,
    isTimeUp: isLate,
  };
  const result = await processPage(plan.flow, open, input, signal, platform.now);
  held.addWaitTime(result);
  held.addStoredBytes(result.previewBytes);
  logRefusals(work, result.operators);
  for (const [operator, ms] of result.latenciesMs.entries()) work.latencies.record(operator, ms, values.length);
  return result;
}

/** Records that the source has counted as read already, and that are still to go through. */
const countUnprocessed = ({ hand: staged }: Task): number => (staged ? staged.records - staged.through : 0);

function logRefusals({ plan: { flow }, log }: SliceContext, counts: PageResult['operators']): void {
  const firstSink = flow.sources.length + flow.transforms.length;
  for (const [i, { id }] of flow.sinks.entries()) {
    const { in: offered, errors: refused } = counts[firstSink + i] ?? NO_COUNTS;
    if (refused > 0) log.write('warn', id, `refused ${refused} of ${offered} records`, { refused, offered });
  }
}

/**
 * Keeps the records that failed, then moves the task on by what was done. Of a page done again the same is kept.
 *
 * @param committed runs after the commit, also where a record that failed is to end the flow
 * @throws FlowFailure when a record failed and the flow says to stop then
 */
export async function commitResults(
  work: SliceContext,
  moved: Partial<Task>,
  done: readonly PageResult[],
  committed?: () => Promise<void>,
): Promise<void> {
  await storeErrors(work, done);
  work.leased.addStoredBytes(await work.log.flush(work.platform.db, work.leased.task.run));
  await work.leased.commit({ part: null, ...moved, ...countsAfter(work, done) });
  await work.latencies.storeIfDue();
  await committed?.();
  failOnError(work, done);
}

/** The counts of a task after what was done, with the warnings that came of it. */
export function countsAfter(
  { leased: { task }, plan, platform, log }: SliceContext,
  done: readonly PageResult[],
): Pick<Task, 'operators' | 'records' | 'rates'> {
  const warned = takeWarnings(log, plan.flow);
  const added = done.reduce((sum, { records }) => addCounts(sum, records), NO_RECORDS);
  return {
    operators: [...done.map(({ operators }) => operators), warned].reduce(addOperatorCounts, task.operators),
    records: addCounts(task.records, added),
    rates: addRate(task.rates, platform.now(), { in: added.exported, out: added.success }),
  };
}

export async function storeErrors(
  { platform, plan, leased: held }: SliceContext,
  done: readonly PageResult[],
): Promise<void> {
  const { task } = held;
  const counts = new Map(operatorsOf(plan.flow).map(({ id }, i) => [id, task.operators[i]?.errors ?? 0]));
  const kept = done
    .flatMap(({ errors }) => errors)
    .filter(({ operator }) => {
      const before = counts.get(operator) ?? 0;
      counts.set(operator, before + 1);
      return before < MAX_STORED_ERRORS;
    });
  if (kept.length === 0) return;
  await putRecordErrors(platform.db, task.run, kept);
  held.addStoredBytes(jsonBytes(kept));
}

export function failOnError({ plan }: SliceContext, done: readonly PageResult[]): void {
  const [first] = done.flatMap(({ errors }) => errors);
  if (!first || plan.flow.onError === 'continue') return;
  throw new FlowFailure(`a record failed at ${first.operator}: ${first.message}`, { permanent: true });
}
