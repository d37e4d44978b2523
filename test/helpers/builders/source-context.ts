import type { RunRef } from '../../../functions/core/domain/run.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import type { FlowContext } from '../../../functions/core/executors/flow/flow-context.ts';
import type { SourceBatch, SourceReader, SourceRecord } from '../../../functions/core/executors/flow/source-reader.ts';

export const RUN: RunRef = {
  tenant: 'acme' as TenantId,
  jobId: 'orders',
  incarnation: 'abc12345',
  ulid: '01HXAAAAAAAAAAAAAAAAAAAAAA',
};

/** A context with what a test gives; what it does not give cannot be used. */
export function sourceContext(given: Partial<FlowContext>): FlowContext {
  const missing = (name: string): never => {
    throw new Error(`the test gives no ${name}`);
  };
  const context: Partial<FlowContext> = { run: RUN, pageSize: 10, tasks: 1, now: Date.now, log: () => {}, ...given };
  return new Proxy(context, {
    get: (target, name: keyof FlowContext) => target[name] ?? missing(name),
  }) as FlowContext;
}

type Json = Parameters<SourceReader['read']>[0];
const NO_SIGNAL = new AbortController().signal;

/** Asks for the splits of a source. */
export const planSplits = (reader: SourceReader): Promise<readonly Json[]> => reader.plan(NO_SIGNAL);

/**
 * The batches of a split. After each one for whose number `resumes` says so, reading begins anew where the batch said, as
 * another slice would do it; its position goes through JSON.
 */
export async function readSplit(
  reader: SourceReader,
  split: Json,
  { from = null, resumes = () => false }: { from?: Json; resumes?: (batch: number) => boolean } = {},
): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  let position: Json = from;
  for (;;) {
    for await (const reading of reader.read(split, position, NO_SIGNAL)) {
      if ('waitMs' in reading) throw new Error(`unexpected wait of ${reading.waitMs} ms`);
      batches.push(reading);
      if (reading.next === null) return batches;
      position = JSON.parse(JSON.stringify(reading.next)) as Json;
      if (resumes(batches.length)) break;
    }
  }
}

/** The batches of all splits, in order. */
export async function readAllSplits(
  reader: SourceReader,
  resumes?: (batch: number) => boolean,
): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  for (const split of await planSplits(reader)) {
    batches.push(...(await readSplit(reader, split, resumes ? { resumes } : {})));
  }
  return batches;
}

export const recordsOf = (batches: readonly SourceBatch[]): SourceRecord[] => batches.flatMap(({ records }) => records);

/** The values of records that are good; what is wrong with the others. */
export const valuesOf = (batches: readonly SourceBatch[]) =>
  recordsOf(batches).map((record) => ('value' in record ? record.value : record.failed));
