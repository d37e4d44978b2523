import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import type { FlowContext } from '../../../functions/core/executors/flow/flow-context.ts';
import type { SourceBatch, SourceReader, SourceRecord } from '../../../functions/core/executors/flow/source-reader.ts';
import type { RecordOwner } from '../../../functions/core/store/run-item.ts';

export const RUN: RecordOwner = {
  tenant: 'acme' as TenantId,
  jobId: 'orders',
  incarnation: 'abc12345',
  ulid: '01HXAAAAAAAAAAAAAAAAAAAAAA',
  createdAt: '2026-03-02T12:00:00.000Z',
  finishedAt: null,
  purgeAt: '2026-04-01T12:00:00.000Z',
};

/** A context with the given members. Throws if the code reads any other member. */
export function sourceContext(given: Partial<FlowContext>): FlowContext {
  const missing = (name: string): never => {
    throw new Error(`the test provides no ${name}`);
  };
  const context: Partial<FlowContext> = { run: RUN, pageSize: 10, tasks: 1, now: Date.now, log: () => {}, ...given };
  return new Proxy(context, {
    get: (target, name: keyof FlowContext) => target[name] ?? missing(name),
  }) as FlowContext;
}

type Json = Parameters<SourceReader['read']>[0];
const NO_SIGNAL = new AbortController().signal;

/** Lists the splits of a source. */
export const planSplits = (reader: SourceReader): Promise<readonly Json[]> => reader.plan(NO_SIGNAL);

/**
 * Reads all batches of a split. Stops after each batch for which `resumes` returns `true` and resumes at the batch's
 * position, which passes through JSON, as the next slice does.
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

/** Reads the batches of all splits in order. */
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

/** Returns the values of valid records and the errors of invalid ones. */
export const valuesOf = (batches: readonly SourceBatch[]) =>
  recordsOf(batches).map((record) => ('value' in record ? record.value : record.failed));
