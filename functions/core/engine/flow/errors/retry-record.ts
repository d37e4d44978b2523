import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../../domain/json.ts';
import type { OpenFlow } from '../../../executors/flow/open-flow.ts';
import { processPage } from '../../../executors/flow/process-page.ts';
import type { RetriedError } from '../../../executors/flow/source-reader.ts';
import type { Page, ProcessedPage } from '../slice/page.ts';
import type { SliceContext } from '../slice/slice-context.ts';
import { currentSplit } from '../slice/task-position.ts';

/**
 * Runs the record of an error through the flow from the operator at which it failed, under the keys of the page in which it
 * failed: a sink that refused the record receives it under the same key, and one that never had it under a key that no record
 * of the page has. A record that is retried again has the same keys.
 */
export async function retryRecord(
  slice: SliceContext,
  flows: RetryFlows,
  { values, countedRecords }: Page,
  { run, error, from, payload }: RetriedError,
): Promise<ProcessedPage> {
  const { plan, leased, signal, platform } = slice;
  const { page, index: task, operators } = leased.task;
  const { number, source } = currentSplit(slice);
  const input = {
    key: { lineage: run.flow.lineage, split: error.split, page: error.page, task, part: partOf(error) },
    values,
    indexes: [error.index],
    source,
    offeredBefore: operators.map((counts) => counts.in),
    outputsBefore: operators.map(({ out }, i) => (i === source ? Math.max(0, out - countedRecords) : out)),
    // The progress within a page refers to the records of a run. A record that a sink asks to send later is sent to all sinks.
    part: null,
    isTimeUp: () => false,
    retried: { from, former: error.place, position: { split: number, page } },
  };
  const result = await processPage(plan.flow, await flows.get(payload), input, signal, platform.now);
  leased.addWaitTime(result);
  leased.addStoredBytes(result.previewBytes);
  return result;
}

/** The name of a failed record in its page. One record may fail at several operators. */
const partOf = ({ operator, index }: RetriedError['error']): string => `${operator}.${index}`;

/** The flows of a slice by payload: that of the slice, and one for the newest other payload. */
export class RetryFlows implements AsyncDisposable {
  readonly #slice: SliceContext;
  #other: { readonly payload: Json; readonly flow: OpenFlow } | undefined;

  constructor(slice: SliceContext) {
    this.#slice = slice;
  }

  /** Returns the flow whose expressions have the payload of the run in which a record failed. */
  async get(payload: Json | undefined): Promise<OpenFlow> {
    if (payload === undefined || isDeepStrictEqual(payload, this.#slice.plan.payload)) return this.#slice.openFlow;
    if (!this.#other || !isDeepStrictEqual(this.#other.payload, payload)) {
      await this[Symbol.asyncDispose]();
      this.#other = { payload, flow: await this.#slice.openWith(payload) };
    }
    return this.#other.flow;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const other = this.#other;
    this.#other = undefined;
    await other?.flow[Symbol.asyncDispose]();
  }
}
