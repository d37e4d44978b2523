import { ACTIVE_STATES } from '../functions/core/domain/run.ts';
import {
  DEFERRED_MARK,
  HEARTBEAT_MARK,
  JOB_PREFIXES,
  REBUILD_MARKER_PREFIX,
  RUN_PREFIXES,
} from '../functions/core/store/keys.ts';

/** A change of a string attribute from one set of values to another. */
export interface Transition {
  readonly attribute: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Selects the changes of a table that a function receives. */
export interface StreamFilter {
  /** Prefixes of the sort key; changes of other items are excluded. */
  readonly prefixes: readonly string[];
  /**
   * Boolean attribute of the new image that excludes a change.
   *
   * @default none
   */
  readonly excludedMarker?: string;
  /**
   * Required transition of an attribute. Excludes insertions and removals.
   *
   * @default any change
   */
  readonly transition?: Transition;
  /**
   * A transition that selects a change too if a boolean attribute of the new image is `true`.
   *
   * @default none
   */
  readonly markedTransition?: Transition & { readonly marker: string };
  /**
   * String attributes whose appearance also selects a change.
   *
   * @default none
   */
  readonly appearingAttributes?: readonly string[];
}

/**
 * Filters of all stream readers, for the deployment and the simulation. A shard supports two readers: counters and
 * notifier for Runs, counters and registrar for Jobs.
 */
export const STREAM_FILTERS = {
  /** Heartbeats do not change counters. */
  runsToCounters: { prefixes: [RUN_PREFIXES.run, REBUILD_MARKER_PREFIX], excludedMarker: HEARTBEAT_MARK },
  /** Includes requests to reconcile, which the sweeper repeats. */
  jobsToCounters: { prefixes: [JOB_PREFIXES.job, JOB_PREFIXES.registration, JOB_PREFIXES.reconcileRequest] },
  /** Excludes heartbeats and rows that the counter reconciler updates. The end of a canceled run starts other runs only. */
  runsToNotifier: {
    prefixes: [RUN_PREFIXES.run],
    transition: { attribute: 'state', from: ACTIVE_STATES, to: ['completed', 'failed'] },
    markedTransition: { attribute: 'state', from: ACTIVE_STATES, to: ['canceled'], marker: 'followed' },
    appearingAttributes: ['lateStartAt', 'lateFinishAt'],
  },
  /** Excludes requests to reconcile that wait for the sweeper. */
  jobsToRegistrar: { prefixes: [JOB_PREFIXES.job, JOB_PREFIXES.reconcileRequest], excludedMarker: DEFERRED_MARK },
} satisfies Readonly<Record<string, StreamFilter>>;

/**
 * Converts a filter to Lambda's filter patterns, of which one must match.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
 */
export function toFilterPatterns({
  prefixes,
  excludedMarker: mark,
  transition,
  markedTransition: marked,
  appearingAttributes: appearing = [],
}: StreamFilter): readonly { readonly dynamodb: object }[] {
  // "exists" applies to leaf nodes only, hence the type. It also matches removals, which have no new image.
  const unmarked = mark !== undefined && { NewImage: { [mark]: { BOOL: ABSENT } } };
  const changed = transition && toTransition(transition);
  const alsoChanged = marked ? [toTransition(marked, { [marked.marker]: { BOOL: [true] } })] : [];
  return prefixes.flatMap((prefix) =>
    [{ ...unmarked, ...changed }, ...alsoChanged, ...appearing.map(toAppearance)].map((change) => ({
      dynamodb: { Keys: { sk: { S: [{ prefix }] } }, ...change },
    })),
  );
}

const toTransition = ({ attribute, from, to }: Transition, mark: object = {}) => ({
  OldImage: { [attribute]: { S: from } },
  NewImage: { [attribute]: { S: to }, ...mark },
});

const ABSENT = [{ exists: false }];
const PRESENT = [{ exists: true }];

/** Matches the appearance of an attribute in an existing item; the old image's key shows that it existed. */
const toAppearance = (attribute: string) => ({
  OldImage: { sk: { S: PRESENT }, [attribute]: { S: ABSENT } },
  NewImage: { [attribute]: { S: PRESENT } },
});
