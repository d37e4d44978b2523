import { type MappingSink, mapsResponses, type Sink } from './sink.ts';
import type { Source } from './source.ts';
import type { Transform } from './transform.ts';

/** Periodic checkpoints, in addition to those on request and on stop, and the number of checkpoints to keep. */
export interface CheckpointPolicy {
  /** Interval of periodic checkpoints; null for none. */
  readonly everySeconds: number | null;
  /** Number of newest checkpoints to keep, in addition to pinned checkpoints. */
  readonly keep: number;
}

export const CHECKPOINT_POLICY: CheckpointPolicy = { everySeconds: 60, keep: 5 };

/** A pipeline in which the records of all sources pass all transforms in order and then go to all sinks. */
export interface Flow {
  /** Records per page, 1–1000. */
  readonly pageSize: number;
  /** Maximum number of concurrent tasks, 1–64. */
  readonly parallelism: number;
  /** Reaction to a failed record: `continue` stores it as an error, `stop` fails the run. */
  readonly onError: 'continue' | 'stop';
  readonly checkpoints: CheckpointPolicy;
  readonly sources: readonly Source[];
  readonly transforms: readonly Transform[];
  readonly sinks: readonly Sink[];
}

/** Returns the operators in processing order, which is the order of every list of counts. */
export function operatorsOf(flow: Flow): readonly (Source | Transform | Sink)[] {
  return [...flow.sources, ...flow.transforms, ...flow.sinks];
}

/**
 * Returns the sinks in the stages in which a page is written to them: a sink that maps its responses ends a stage.
 */
export function stagesOf<AnySink extends MappingSink>(sinks: readonly AnySink[]): readonly (readonly AnySink[])[] {
  const stages: AnySink[][] = [];
  let isOpen = false;
  for (const sink of sinks) {
    if (isOpen) stages.at(-1)?.push(sink);
    else stages.push([sink]);
    isOpen = !mapsResponses(sink);
  }
  return stages;
}

/** Returns the ids of the sinks that receive what a sink made of its responses. */
export function sinksAfterResponses({ sinks }: Pick<Flow, 'sinks'>, id: string): readonly string[] {
  const index = sinks.findIndex((sink) => sink.id === id);
  const sink = sinks[index];
  return sink && mapsResponses(sink) ? sinks.slice(index + 1).map((each) => each.id) : [];
}
