import { addCounts, NO_COUNTS, type OperatorCounts } from '../../../domain/flow/counts.ts';
import { type Flow, operatorsOf } from '../../../domain/flow/flow.ts';
import { type Plan, type Position, resumePointAfterStaged, yieldsToStaged } from '../../../domain/flow/plan.ts';
import { currentSplitIndex, type Task } from '../../../domain/flow/task.ts';
import type { OpenFlow } from '../../../executors/flow/open-flow.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import type { LeasedTask } from './leased-task.ts';
import type { SliceLatencies } from './slice-latencies.ts';
import type { SliceLog } from './slice-log.ts';

/** A slice at work on its task. */
export interface SliceContext {
  readonly platform: FlowPlatform;
  readonly plan: Plan;
  readonly open: OpenFlow;
  readonly leased: LeasedTask;
  readonly signal: AbortSignal;
  /** ULID of the first run of the lineage. */
  readonly lineage: string;
  /** Epoch milliseconds at which the slice ends with the page in hand. */
  readonly deadline: number;
  /** Whether it is to end with the page in hand now. */
  readonly isDraining: () => boolean;
  /** Aborted when it is to end with the page in hand, and when `signal` is: what only waits need not go on. */
  readonly waitSignal: AbortSignal;
  readonly log: SliceLog;
  readonly latencies: SliceLatencies;
}

/** Whether a slice has had its time; one that has done nothing yet goes on. */
export function isSliceOver({ platform, leased: held, deadline: until, isDraining }: SliceContext): boolean {
  return isDraining() || (held.commits > 0 && platform.now() >= until);
}

/** The number of the split in hand, and the index of its source. */
export function currentSplit({ plan, leased: { task } }: SliceContext): {
  readonly number: number;
  readonly source: number;
} {
  const number = task.splits[currentSplitIndex(task)] ?? -1;
  const split = plan.splits[number];
  if (!split) throw new Error(`task ${task.index} has no split to read`);
  return { number, source: split.source };
}

/** Where a task is after a page, or after what it had in hand: in its split, or at the beginning of the next one. */
export function placeAfterPage({ plan, leased: { task } }: SliceContext, next: Position | null): Partial<Task> {
  // A hand without a good record is no page, but what failed of it is kept under its number.
  const page = Math.max(task.page + 1, task.hand?.pageAfter ?? 0);
  const [split = -1, after] = task.turn === null ? task.splits.slice(task.at) : [task.splits[task.turn]];
  if (next !== null && !yieldsToStaged(plan, split, after)) return { position: next, page, hand: null };
  const at = task.at + 1;
  const left = task.splits.slice(at).map((number) => plan.splits[number]);
  return {
    at,
    position: left[0]?.from?.position ?? null,
    page: left[0]?.from?.page ?? 0,
    hand: left[0]?.from?.hand ?? null,
    part: left[0]?.from?.part ?? null,
    open: [...new Set(left.map((split) => split?.source ?? 0))],
  };
}

/**
 * The splits that take turns once a task has nothing else to read: of each source without an end one, as indices in its
 * splits; the one in hand comes last.
 */
export function roundRobinSplits({ plan, leased: { task } }: SliceContext): readonly number[] {
  const sourceOf = (index: number) => plan.splits[task.splits[index] ?? -1]?.source ?? -1;
  const here = currentSplitIndex(task);
  const turns = plan.unbounded.flatMap((source) => {
    if (source === sourceOf(here)) return [here];
    const ofSource = [...task.splits.keys()].filter((index) => sourceOf(index) === source);
    // One that had its turn goes on; the others are there for a run with more tasks.
    const begun = ofSource.filter((index) => task.left[task.splits[index] ?? -1]);
    return [...begun, ...ofSource].slice(0, 1);
  });
  const after = turns.indexOf(here) + 1;
  return [...turns.slice(after), ...turns.slice(0, after)];
}

/** How a task goes on with another of the splits that take turns. */
export function switchSplit(
  { plan, leased: { task } }: SliceContext,
  index: number,
): Pick<Task, 'turn' | 'left' | 'position' | 'page'> {
  const { position, page, left, splits } = task;
  const [from, to] = [splits[currentSplitIndex(task)] ?? -1, splits[index] ?? -1];
  const places: Task['left'] = { ...left, [from]: { position, page } };
  const { [to]: known, ...others } = places;
  const split = plan.splits[to];
  if (!split) throw new Error(`task ${task.index} has no split ${to}`);
  return {
    ...(known ?? resumePointAfterStaged(split, plan.flow.pageSize)),
    turn: index === task.at ? null : index,
    left: others,
  };
}

/** Counts of operators, one by one. */
export function addOperatorCounts(
  a: readonly OperatorCounts[],
  b: readonly OperatorCounts[],
): readonly OperatorCounts[] {
  return a.map((counts, i) => addCounts(counts, b[i] ?? {}));
}

/** What the operators of a flow warned of since the last time, as their counts. */
export function takeWarnings(log: SliceLog, flow: Flow): readonly OperatorCounts[] {
  const warnings = log.takeWarnings();
  return operatorsOf(flow).map(({ id }) => ({ ...NO_COUNTS, warnings: warnings.get(id) ?? 0 }));
}
