import type { Job } from './job.ts';
import { type ChainPlace, isTerminal, type Run, type RunRef, type SkippedTick, terminalStatus } from './run.ts';
import { decodeUlidTime, hashedUlid, isUlid, publicRunId } from './run-id.ts';

type Row = Run | SkippedTick;

/** Returns the chain key of a run or skipped tick. */
export const chainKeyOf = ({ chain, scheduledAt, ulid }: Pick<Row, 'chain' | 'scheduledAt' | 'ulid'>): string =>
  chain?.key ?? scheduledAt ?? ulid;

/** Returns the public id of the first run of a run's chain. */
export const chainRootOf = (row: RunRef & Pick<Row, 'chain'>): string => row.chain?.root ?? publicRunId(row);

/**
 * Returns the place of a run that starts because of `parent`.
 *
 * @param triggered ULID of a run that the script of `parent` starts. What follows that run belongs to this start, so that
 *   several starts of one job are each followed. @defaultValue a run after upstream runs
 */
export function placeAfter(parent: Row, triggered?: string): ChainPlace {
  const { depth = 0, triggers = 0 } = parent.chain ?? {};
  return {
    key: triggered ?? chainKeyOf(parent),
    root: chainRootOf(parent),
    parent: publicRunId(parent),
    depth: depth + 1,
    triggers: triggers + (triggered === undefined ? 0 : 1),
  };
}

/** Returns the place of a run that repeats or continues `row`: the same, so that the chain continues with it. */
export const placeOfRepeat = (row: Row): ChainPlace =>
  row.chain ?? { key: chainKeyOf(row), root: null, parent: null, depth: 0, triggers: 0 };

/**
 * Returns the ULID of the run that a job starts after its upstream runs with a chain key. Their ends start one run, in any
 * order and however often they are received. The ULID differs from that of the job's own tick at the same time.
 */
export function followerUlid({ tenant, id, incarnation }: Pick<Job, 'tenant' | 'id' | 'incarnation'>, key: string) {
  const time = isUlid(key) ? decodeUlidTime(key) : Date.parse(key);
  return hashedUlid(time, `after#${tenant}#${id}#${incarnation}#${key}`);
}

/** An upstream run that ended as the condition of a job requires. */
export interface UpstreamRunEnd {
  readonly job: string;
  /** Public id. */
  readonly run: string;
  /** ISO 8601. */
  readonly finishedAt: string;
}

/** Returns the end that completed a condition: the last one, independent of the order in which the ends were received. */
export const lastEnd = (ends: readonly UpstreamRunEnd[]): UpstreamRunEnd | undefined => inOrder(ends).at(-1);

/** Returns the seconds between the first and the last end. */
export function spanSeconds(ends: readonly UpstreamRunEnd[]): number {
  const ordered = inOrder(ends);
  return (Date.parse(ordered.at(-1)?.finishedAt ?? '') - Date.parse(ordered[0]?.finishedAt ?? '')) / 1_000;
}

const inOrder = (ends: readonly UpstreamRunEnd[]): readonly UpstreamRunEnd[] =>
  ends.toSorted((a, b) =>
    a.finishedAt === b.finishedAt ? (a.job < b.job ? -1 : 1) : a.finishedAt < b.finishedAt ? -1 : 1,
  );

/** Returns the payload of a run that starts after upstream runs: their ids, statuses and reported results. */
export function upstreamPayload(runs: readonly Run[]) {
  const entries = runs.map((run) => {
    const state = isTerminal(run.state) ? terminalStatus(run.state, run.failure?.kind === 'timeout') : run.state;
    return [run.jobId, { run_id: publicRunId(run), state, meta: run.meta }];
  });
  return { upstream: Object.fromEntries(entries) };
}
