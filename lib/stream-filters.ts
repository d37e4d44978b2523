import { ACTIVE_STATES } from '../functions/core/domain/run.ts';
import { HEARTBEAT_MARK, JOB_PREFIXES, REBUILD_MARKER_PREFIX, RUN_PREFIXES } from '../functions/core/store/keys.ts';

/** A change of an attribute, a text, from one of some values to one of some others. */
export interface Transition {
  readonly attribute: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Which changes of a table are sent to a function. */
export interface StreamFilter {
  /** Only changes of items whose sort key begins with one of these. */
  readonly prefixes: readonly string[];
  /**
   * An attribute, a flag, that marks changes which are not sent: those whose new item has it.
   *
   * @default none
   */
  readonly excludedMarker?: string;
  /**
   * Only changes by which an attribute goes from one of these values to one of those. Items that come or go are none.
   *
   * @default whatever is changed
   */
  readonly transition?: Transition;
  /**
   * Beside those, changes by which one of these attributes, texts, comes to be.
   *
   * @default none
   */
  readonly appearingAttributes?: readonly string[];
}

/**
 * What each reader of a stream is sent: as it is deployed, and as the fault suite has it. A stream's shard has room for
 * two readers; of Runs they are the counters and the notifier, of Jobs the counters and the registrar.
 */
export const STREAM_FILTERS = {
  /** A heartbeat changes no count. */
  runsToCounters: { prefixes: [RUN_PREFIXES.run, REBUILD_MARKER_PREFIX], excludedMarker: HEARTBEAT_MARK },
  jobsToCounters: { prefixes: [JOB_PREFIXES.job, JOB_PREFIXES.registration] },
  /** Heartbeats, and rows that the audit touches, are no such change. */
  runsToNotifier: {
    prefixes: [RUN_PREFIXES.run],
    transition: { attribute: 'state', from: ACTIVE_STATES, to: ['completed', 'failed'] },
    appearingAttributes: ['lateStartAt', 'lateFinishAt'],
  },
  jobsToRegistrar: { prefixes: [JOB_PREFIXES.job] },
} satisfies Readonly<Record<string, StreamFilter>>;

/**
 * The patterns of a filter: a change passes when one of them matches.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
 */
export function toFilterPatterns({
  prefixes,
  excludedMarker: mark,
  transition,
  appearingAttributes: appearing = [],
}: StreamFilter): readonly { readonly dynamodb: object }[] {
  // "exists" knows leaves only, hence the type. It holds for a deletion too, which has no new item.
  const unmarked = mark !== undefined && { NewImage: { [mark]: { BOOL: ABSENT } } };
  const changed = transition && {
    OldImage: { [transition.attribute]: { S: transition.from } },
    NewImage: { [transition.attribute]: { S: transition.to } },
  };
  return prefixes.flatMap((prefix) =>
    [{ ...unmarked, ...changed }, ...appearing.map(appears)].map((change) => ({
      dynamodb: { Keys: { sk: { S: [{ prefix }] } }, ...change },
    })),
  );
}

const ABSENT = [{ exists: false }];
const PRESENT = [{ exists: true }];

/** A change by which an attribute comes to be, of an item that was there. Its key tells that it was. */
const appears = (attribute: string) => ({
  OldImage: { sk: { S: PRESENT }, [attribute]: { S: ABSENT } },
  NewImage: { [attribute]: { S: PRESENT } },
});
