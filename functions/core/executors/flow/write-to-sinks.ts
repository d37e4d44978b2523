import { type Flow, stagesOf } from '../../domain/flow/flow.ts';
import { mapsResponses, type Sink } from '../../domain/flow/sink.ts';
import { formatSplitRanges, parseSplitRanges } from '../../domain/flow/split-ranges.ts';
import type { PartialPage, SinkProgress } from '../../domain/flow/task.ts';
import type { Json } from '../../domain/json.ts';
import { type DerivedRecord, ordinalsOf } from './chain.ts';
import type { SinkPage, SinkResult, SinkWriter } from './sink-writer.ts';

/** The records that a sink made of its responses, by their index in the list that it received; `null` for none. */
export type MappedRecords = readonly (readonly [record: Json] | null)[];

/** Records that sinks made of responses in earlier slices, by the id of the sink. */
export type MappedBySink = Readonly<Record<string, MappedRecords>>;

/** A page on its way to all sinks. */
export interface PageForSinks extends Pick<SinkPage, 'key' | 'position'> {
  /** Records that the transforms made. */
  readonly outputs: readonly DerivedRecord[];
  /** Records that each sink received before this page, in order. */
  readonly offeredBefore: readonly number[];
  readonly isTimeUp: () => boolean;
  /** Progress of the sinks on this page in earlier slices, and the records that they made of responses. */
  readonly part: PartialPage | null;
  readonly mapped: MappedBySink;
}

/** A sink's progress on a page over all slices. */
export interface SinkOutcome extends Omit<Required<SinkResult>, 'mapped'> {
  /** The records that the sink receives. */
  readonly offered: readonly DerivedRecord[];
  /** Set while the sink waits for the responses of an earlier one. */
  readonly isWaiting?: true;
  /** Indexes of the records that the sink refused in earlier slices. */
  readonly refusedBefore: readonly number[];
  readonly mapped: MappedRecords;
  /** Milliseconds that the sink took, and that the earlier stages took before. */
  readonly ms: number;
  readonly afterMs: number;
}

const NO_PROGRESS: SinkProgress = { through: 0, refused: '', bytes: 0, ms: 0 };

/** The outcome of a sink that received nothing. */
const nothing: SinkOutcome = {
  offered: [],
  refused: [],
  refusedBefore: [],
  mapped: [],
  processed: 0,
  waitMs: 0,
  bytes: 0,
  ms: 0,
  afterMs: 0,
};

/**
 * Writes to each sink its records of the page. The sinks of a stage are written at the same time, the stages one after
 * the other: a sink that maps its responses ends a stage, and the following sinks receive the records that it made. A
 * record that it refused, or for which it made none, goes no further. A sink without records is skipped.
 *
 * @throws FlowFailure
 * @throws the error of a sink after `signal` aborts
 */
export async function writeToSinks(
  { sinks: specs }: Pick<Flow, 'sinks'>,
  sinks: readonly SinkWriter[],
  page: PageForSinks,
  signal: AbortSignal,
): Promise<readonly SinkOutcome[]> {
  const part = /* guard: response-map.lost */ hasResponses(specs, page) ? page.part : null;
  const outcomes: SinkOutcome[] = [];
  let records = page.outputs;
  for (const stage of stagesOf(specs)) {
    const isWaiting = !outcomes.every(isFinished);
    const first = outcomes.length;
    const afterMs = Math.max(0, ...outcomes.map((outcome) => outcome.afterMs + outcome.ms));
    // Waits for all sinks, so that none is still writing after another one has failed.
    const settled = await Promise.allSettled(
      stage.map(async (spec, i): Promise<SinkOutcome> => {
        if (isWaiting) return { ...nothing, isWaiting };
        const writer = sinks[first + i] as SinkWriter;
        const outcome = await writeToSink(spec, first + i, writer, { ...page, part, outputs: records }, signal);
        return { ...outcome, afterMs };
      }),
    );
    for (const result of settled) {
      if (result.status === 'rejected') throw result.reason;
      outcomes.push(result.value);
    }
    const last = stage.at(-1);
    if (last && mapsResponses(last)) records = withResponses(last.id, records, outcomes.at(-1) ?? nothing);
  }
  return outcomes;
}

/** Returns whether a sink has processed its records. */
export const isFinished = ({ offered, processed, isWaiting }: SinkOutcome): boolean =>
  !isWaiting && processed >= offered.length;

/** Returns the progress of the sinks on a page that is not finished, and the records that they made of responses. */
export function toPart(
  sinks: Flow['sinks'],
  outputs: readonly DerivedRecord[],
  outcomes: readonly SinkOutcome[],
): { readonly part: PartialPage; readonly mapped: MappedBySink } {
  const mapped = outcomes.flatMap((outcome, i): [string, MappedRecords][] =>
    outcome.mapped.length > 0 ? [[sinks[i]?.id ?? '', outcome.mapped]] : [],
  );
  return {
    part: { records: outputs.length, sinks: outcomes.map(toPartOfSink) },
    mapped: Object.fromEntries(mapped),
  };
}

async function writeToSink(
  spec: Sink,
  index: number,
  sink: SinkWriter,
  { outputs, ...page }: PageForSinks,
  signal: AbortSignal,
): Promise<SinkOutcome> {
  const offered = recordsOf(spec.id, outputs);
  const { length } = offered;
  const { through: resumeFrom, refused, bytes, ms } = progressBefore(page.part, index, length);
  const mappedBefore = (page.mapped[spec.id] ?? []).slice(0, resumeFrom);
  const refusedBefore = parseSplitRanges(refused);
  const progress = { ...nothing, offered, refusedBefore, mapped: mappedBefore, processed: resumeFrom, bytes, ms };
  if (resumeFrom >= length) return progress;
  const startedAt = performance.now();
  const { key, position, isTimeUp } = page;
  const offeredBefore = page.offeredBefore[index] ?? 0;
  const result = await sink.write({ key, position, isTimeUp, records: offered, offeredBefore, resumeFrom }, signal);
  return {
    ...progress,
    processed: length,
    ...result,
    mapped: result.mapped ? [...mappedBefore, ...result.mapped] : mappedBefore,
    bytes: bytes + result.bytes,
    ms: ms + Math.round(performance.now() - startedAt),
  };
}

/** Returns the records that a sink receives. A record keeps its place among all records of the page. */
function recordsOf(sink: string, outputs: readonly DerivedRecord[]): readonly DerivedRecord[] {
  if (outputs.every(({ sinks }) => sinks === undefined)) return outputs;
  return outputs.flatMap((record, index) =>
    (record.sinks?.includes(sink) ?? true) ? [{ ...record, place: record.place ?? index }] : [],
  );
}

/**
 * Replaces the records that a sink received by those that it made of responses. All records keep their identity in the
 * page, because a repetition of the page may lose others.
 */
function withResponses(
  sink: string,
  records: readonly DerivedRecord[],
  { mapped }: SinkOutcome,
): readonly DerivedRecord[] {
  let received = 0;
  const ordinals = ordinalsOf(records);
  return records.flatMap((record, index) => {
    const made = (record.sinks?.includes(sink) ?? true) ? mapped[received++] : ([record.value] as const);
    if (!made) return [];
    const place = /* guard: response-map.place */ record.place ?? index;
    return [{ ...record, value: made[0], place, ordinal: ordinals[index] ?? 0 }];
  });
}

function toPartOfSink({ offered, processed, refused, refusedBefore, bytes, ms }: SinkOutcome): SinkProgress {
  const indices = [...refusedBefore, ...refused.map(({ index }) => index)].sort((a, b) => a - b);
  return { offered: offered.length, through: processed, refused: formatSplitRanges(indices), bytes, ms };
}

/** Returns the progress of a sink in earlier slices. It is void if the sink was offered another number of records. */
function progressBefore(part: PartialPage | null, sink: number, offered: number): SinkProgress {
  const progress = part?.sinks[sink];
  return progress && (progress.offered ?? part.records) === offered ? progress : NO_PROGRESS;
}

/**
 * Returns whether the records that sinks made of responses in earlier slices are there. Otherwise all sinks receive the
 * page again under the same keys.
 */
const hasResponses = (sinks: Flow['sinks'], { part, mapped }: Pick<PageForSinks, 'part' | 'mapped'>): boolean =>
  sinks.every((sink, i) => !mapsResponses(sink) || (mapped[sink.id]?.length ?? 0) === (part?.sinks[i]?.through ?? 0));
