import { NO_COUNTS, NO_RECORDS, type OperatorCounts } from '../../../domain/flow/counts.ts';
import { processPage } from '../../../executors/flow/process-page.ts';
import { RetryFlows, retryRecord } from '../errors/retry-record.ts';
import { commitPage } from './commit-page.ts';
import { loadMapped, storeMapped } from './mapped-records.ts';
import type { Page, ProcessedPage } from './page.ts';
import { readPages } from './read-pages.ts';
import type { SliceContext, SliceProgress } from './slice-context.ts';
import { currentSplit } from './task-position.ts';

/** Milliseconds after which sinks may leave the rest of a page to the next slice; and while the run is draining. */
const PAGE_TIMEOUT_MS = 60_000;
const DRAINING_PAGE_TIMEOUT_MS = 10_000;

/**
 * Processes the pages of a slice, one after the other: reads a page, runs it through the flow, commits it. Ends when
 * the task has no unread split or the slice is over.
 *
 * @throws FlowFailure, LeaseLostError; any error once the slice's signal aborts
 */
export async function processPages(slice: SliceContext): Promise<SliceProgress> {
  const pages = readPages(slice);
  await using retries = new RetryFlows(slice);
  try {
    for (;;) {
      const { value, done } = await pages.next();
      if (done) return value;
      const processed = value.retried
        ? await retryRecord(slice, retries, value, value.retried)
        : await runThroughFlow(slice, value);
      const pause = await commitPage(slice, value, processed);
      if (pause) return pause;
    }
  } finally {
    await pages.return('drained');
  }
}

/** Runs a page through the transforms and into all sinks. A page without a record changes nothing. */
async function runThroughFlow(slice: SliceContext, { values, indexes, countedRecords }: Page): Promise<ProcessedPage> {
  const { plan, openFlow, leased, signal, platform, lineage } = slice;
  if (values.length === 0) return { operators: [], records: NO_RECORDS, errors: [] };
  const { page, index, operators, part } = leased.task;
  const { number: split, source } = currentSplit(slice);
  const offeredBefore = operators.map((counts) => counts.in);
  const outputsBefore = operators.map(({ out }, i) => (i === source ? Math.max(0, out - countedRecords) : out));
  const key = { lineage, split, page, task: index };
  const startedAt = platform.now();
  const isTimeUp = () =>
    platform.now() - startedAt >= (slice.isDraining() ? DRAINING_PAGE_TIMEOUT_MS : PAGE_TIMEOUT_MS);
  const mapped = await loadMapped(slice, part);
  const input = { key, values, indexes, source, offeredBefore, outputsBefore, part, mapped, isTimeUp };
  const result = await storeMapped(slice, await processPage(plan.flow, openFlow, input, signal, platform.now));
  leased.addWaitTime(result);
  leased.addStoredBytes(result.previewBytes);
  logRefusals(slice, result.operators);
  for (const [operator, ms] of result.latenciesMs.entries()) slice.latencies.record(operator, ms, values.length);
  return result;
}

function logRefusals({ plan: { flow }, log }: SliceContext, counts: readonly OperatorCounts[]): void {
  const firstSink = flow.sources.length + flow.transforms.length;
  for (const [i, { id }] of flow.sinks.entries()) {
    const { in: offered, errors: refused } = counts[firstSink + i] ?? NO_COUNTS;
    if (refused > 0) log.write('warn', id, `refused ${refused} of ${offered} records`, { refused, offered });
  }
}
