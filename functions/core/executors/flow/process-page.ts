import { NO_COUNTS, NO_RECORDS, type OperatorCounts, type RecordCounts } from '../../domain/flow/counts.ts';
import type { ResumePoint } from '../../domain/flow/error-work.ts';
import { type Flow, operatorsOf, sinksAfterResponses } from '../../domain/flow/flow.ts';
import { type RecordError, WHOLE_INPUT_BYTES, type WrittenPlace } from '../../domain/flow/record-error.ts';
import { mapsResponses, type Sink } from '../../domain/flow/sink.ts';
import type { PartialPage } from '../../domain/flow/task.ts';
import { truncateInput } from '../../domain/flow/truncate-input.ts';
import type { Json } from '../../domain/json.ts';
import type { ChainResult, DerivedRecord } from './chain.ts';
import type { OpenFlow } from './open-flow.ts';
import type { PageKey } from './sink-writer.ts';
import { isFinished, type MappedBySink, toPart, writeToSinks } from './write-to-sinks.ts';

/** The valid records of a page and their indexes in the page. */
export interface PageInput {
  readonly key: PageKey;
  readonly values: readonly Json[];
  readonly indexes: readonly number[];
  /** Index of their source. */
  readonly source: number;
  /** Records that each operator received before this page, in operator order. */
  readonly offeredBefore: readonly number[];
  /** Records that each operator produced before this page, in operator order. */
  readonly outputsBefore: readonly number[];
  /** Progress of the sinks on this page in earlier slices. */
  readonly part: PartialPage | null;
  /** Records that sinks made of responses in earlier slices. @default none */
  readonly mapped?: MappedBySink | undefined;
  /** @returns whether the page's time is over, so that a sink may leave the rest for a later slice */
  readonly isTimeUp: () => boolean;
  /** Set for a page of one record that failed before. @default the records enter the first transform */
  readonly retried?: RetriedRecord | undefined;
}

/** A record that failed in an earlier run and is processed again from the operator at which it failed. */
export interface RetriedRecord {
  readonly from: ResumePoint;
  /** Place of a record that a sink refused. */
  readonly former?: WrittenPlace | undefined;
  /** Position of the record in the run that retries it, under which the run stores errors and previews. */
  readonly position: Pick<PageKey, 'split' | 'page'>;
}

/** The effects of a page, to be added to its task's counts. */
export interface PageResult {
  /** Counts per operator, in operator order. Counts of sources do not change here. */
  readonly operators: readonly OperatorCounts[];
  readonly records: RecordCounts;
  readonly errors: readonly RecordError[];
  /** Milliseconds spent waiting for sinks. */
  readonly blockedMs: number;
  /** Bytes stored by taps and preview sinks. */
  readonly previewBytes: number;
  /** Milliseconds from the start of the page until its records left each operator. All transforms share one value. */
  readonly latenciesMs: readonly number[];
  /** Progress of the sinks if the page is incomplete; no counts change then. */
  readonly part: PartialPage | null;
  /** Records that sinks made of responses so far, if the page is incomplete. */
  readonly mapped: MappedBySink;
  /** Milliseconds that sinks request before the rest is written. */
  readonly waitMs: number;
}

/**
 * Sends a page through the transforms and into all sinks. A repetition has no further effect.
 *
 * @throws FlowFailure
 * @throws the error of a sink after `signal` aborts
 */
export async function processPage(
  flow: Flow,
  { chain, sinks, taps }: OpenFlow,
  page: PageInput,
  signal: AbortSignal,
  now: () => number,
): Promise<PageResult> {
  const operators = operatorsOf(flow);
  const [firstTransform, firstSink] = [flow.sources.length, flow.sources.length + flow.transforms.length];
  const counts = operators.map((): OperatorCounts => NO_COUNTS);
  const errors: RecordError[] = [];
  /** The first operator at which each failed record failed. */
  const failed = new Map<number, number>();
  const markFailed = (operator: number, origin: number): void => {
    if (!failed.has(origin)) failed.set(origin, operator);
  };
  const position = page.retried?.position ?? page.key;
  const fail = (operator: number, origin: number, message: string, input: Json, place?: WrittenPlace): void => {
    markFailed(operator, origin);
    const text = JSON.stringify(input);
    const isWhole = Buffer.byteLength(text) <= WHOLE_INPUT_BYTES;
    errors.push({
      operator: operators[operator]?.id ?? '',
      split: position.split,
      page: position.page,
      index: page.indexes[origin] ?? 0,
      task: page.key.task,
      message,
      input: isWhole ? text : truncateInput(text),
      occurredAt: new Date(now()).toISOString(),
      source: operators[page.source]?.id ?? '',
      ...(isWhole && { isWhole }),
      ...(place && { place }),
    });
  };

  let keptBytes = 0;
  const tap = async (operator: number, records: readonly DerivedRecord[]): Promise<void> => {
    const written = await taps
      .get(operator)
      ?.write({ key: page.key, position, records, offeredBefore: page.outputsBefore[operator] ?? 0 }, signal);
    keptBytes += written?.bytes ?? 0;
  };

  const pageStartedAt = performance.now();
  const derived = await applyChain(chain, flow, page, signal);
  for (const [i, count] of derived.counts.entries()) counts[firstTransform + i] = { ...NO_COUNTS, ...count };
  for (const { transform, origin, input, message } of derived.errors) {
    fail(firstTransform + transform, origin, message, input);
  }
  // Taps run before the sinks, so that the records of a page that a sink rejects are visible.
  const read = page.retried ? [] : page.values.map((value, origin) => ({ value, origin }));
  await Promise.all([
    tap(page.source, read),
    ...derived.outputsByTransform.map((records, transform) => tap(firstTransform + transform, records)),
  ]);

  const startedAt = performance.now();
  const { key, isTimeUp } = page;
  const { outputs } = derived;
  const offeredBefore = page.offeredBefore.slice(firstSink);
  const { part, mapped = {} } = page;
  const pageForSinks = { key, position, isTimeUp, outputs, offeredBefore, part, mapped };
  const written = await writeToSinks(flow, sinks, pageForSinks, signal);
  const latencies = operators.map((_, i) => {
    if (i < firstTransform) return 0;
    const { afterMs = 0, ms = 0 } = written[i - firstSink] ?? {};
    return startedAt + afterMs + ms - pageStartedAt;
  });
  const blockedMs = Math.round(performance.now() - startedAt);
  const isThrough = written.every(isFinished);
  const storedErrors = new Map<string, number>();
  for (const [i, { offered, refused, refusedBefore, bytes }] of written.entries()) {
    if (offered.length === 0) continue;
    if (flow.sinks[i]?.type === 'preview') keptBytes += bytes;
    counts[firstSink + i] = {
      ...NO_COUNTS,
      in: offered.length,
      out: offered.length - refused.length - refusedBefore.length,
      errors: refused.length + refusedBefore.length,
      bytesOut: bytes,
      pages: 1,
    };
    for (const { index, message } of refused) {
      const record = offered[index];
      if (record)
        fail(firstSink + i, record.origin, message, record.value, writtenPlaceOf(flow.sinks[i], offered, index));
    }
    // Errors of an earlier slice are stored already.
    for (const index of refusedBefore) {
      const origin = offered[index]?.origin ?? -1;
      markFailed(firstSink + i, origin);
      const place = errorKey(operators[firstSink + i]?.id ?? '', page.indexes[origin] ?? 0);
      storedErrors.set(place, (storedErrors.get(place) ?? 0) + 1);
    }
    const left = new Set([...refusedBefore, ...refused.map(({ index }) => index)]);
    const taken = offered.filter((_, index) => !left.has(index));
    if (isThrough) await tap(firstSink + i, taken);
  }
  if (!isThrough) {
    const nothing = { operators: [], records: NO_RECORDS, latenciesMs: [] };
    const waitMs = Math.max(...written.map((sink) => sink.waitMs));
    return {
      ...nothing,
      errors: withUniqueIndexes(errors, storedErrors),
      blockedMs,
      previewBytes: keptBytes,
      ...toPart(flow.sinks, outputs, written),
      waitMs,
    };
  }

  for (const operator of failed.values()) {
    const count = counts[operator] ?? NO_COUNTS;
    counts[operator] = { ...count, failedRecords: count.failedRecords + 1 };
  }
  const writtenOrigins = new Set(derived.outputs.map(({ origin }) => origin));
  const through = page.values.map((_, origin) => origin).filter((origin) => !failed.has(origin));
  const success = through.filter((origin) => writtenOrigins.has(origin)).length;
  const records = {
    ...NO_RECORDS,
    success,
    error: failed.size,
    ignored: through.length - success,
    pagesProcessed: 1,
  };
  const whole = { part: null, mapped: {}, waitMs: 0 };
  return {
    operators: counts,
    records,
    errors: withUniqueIndexes(errors, storedErrors),
    blockedMs,
    previewBytes: keptBytes,
    latenciesMs: latencies,
    ...whole,
  };
}

/**
 * Applies the transforms. A record that a sink refused before goes to that sink only, and to those that receive what it
 * makes of its response.
 */
async function applyChain(
  chain: OpenFlow['chain'],
  flow: Flow,
  { values, retried }: PageInput,
  signal: AbortSignal,
): Promise<ChainResult> {
  if (!retried) return chain.apply(values, signal);
  const { from, former } = retried;
  if ('transform' in from) return chain.apply(values, signal, from.transform);
  const following = sinksAfterResponses(flow, from.sink).filter((id) => former?.sinks?.includes(id) ?? true);
  const sinks = [from.sink, .../* guard: response-map.retry */ following];
  const outputs = values.map((value, origin) => ({ value, origin, sinks, ...(former && { former }) }));
  const none = flow.transforms.map(() => []);
  return { outputs, errors: [], outputsByTransform: none, counts: [] };
}

/** Returns the place of a record from which the sink derived its keys. */
function writtenPlaceOf(
  sink: Sink | undefined,
  offered: readonly DerivedRecord[],
  index: number,
): WrittenPlace | undefined {
  const record = offered[index];
  if (!record || record.former) return record?.former;
  const { origin, place: output = index, sinks } = record;
  let first = index;
  while (offered[first - 1]?.origin === origin) first--;
  const place = { origin, ordinal: record.ordinal ?? index - first, output };
  return sinks && sink && mapsResponses(sink) ? { ...place, sinks } : place;
}

const errorKey = (operator: string, index: number): string => `${operator} ${index}`;

/**
 * Assigns a unique index to each error. With `flatMap`, one record may cause several errors at one operator.
 *
 * @param storedErrors the number of stored errors per key
 */
function withUniqueIndexes(
  errors: readonly RecordError[],
  storedErrors: ReadonlyMap<string, number>,
): readonly RecordError[] {
  const counts = new Map(storedErrors);
  return errors.map((error) => {
    const place = errorKey(error.operator, error.index);
    const before = counts.get(place) ?? 0;
    counts.set(place, before + 1);
    return { ...error, index: error.index + before * INDEX_STRIDE };
  });
}

/** More than the maximum number of records in a page. */
const INDEX_STRIDE = 1_000;
