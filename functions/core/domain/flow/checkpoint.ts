import type { RunRef } from '../run.ts';
import { type Flow, operatorsOf } from './flow.ts';
import { type Plan, type Position, resumePointAfterStaged, type Split, type SplitStart } from './plan.ts';
import { currentSplitIndex, type PartialPage, type StagedBatch, type Task } from './task.ts';

/** Why a checkpoint was taken. */
export type CheckpointCause = 'timer' | 'request' | 'stop';

/** How far one split was read when a checkpoint was taken. */
export interface SplitCut {
  /** Its number in the plan. */
  readonly split: number;
  readonly task: number;
  readonly position: Position;
  /** Number of its next page. */
  readonly page: number;
  readonly done: boolean;
  readonly hand: StagedBatch | null;
  /** Of its next page, what sinks have had. */
  readonly part?: PartialPage;
}

/** The committed positions of all tasks: consistent whenever it is taken, for no record crosses from task to task. */
export interface Cut {
  readonly splits: readonly SplitCut[];
}

/** What an operator has in a checkpoint, in bytes: sources their positions; transforms and sinks have no state. */
export interface OperatorState {
  readonly operator: string;
  readonly name: string;
  readonly size: number;
  readonly subtasks: readonly { readonly task: number; readonly size: number }[];
}

export interface Checkpoint {
  readonly run: RunRef;
  /** 1, 2, 3… within the run. */
  readonly epoch: number;
  /** One that failed, or was never finished, is not for restarting. */
  readonly state: 'in_progress' | 'completed' | 'failed';
  readonly cause: CheckpointCause;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Kept whatever the number of newer ones. */
  readonly pinned: boolean;
  /** Key of its object, and the object's bytes. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly operators: readonly OperatorState[];
  /** Why it failed. */
  readonly message: string | null;
}

/** No function lives longer that takes one. */
const CHECKPOINT_TIMEOUT_MS = 15 * 60_000;

/** What became of a checkpoint by `now`, epoch milliseconds: one whose worker did not come back to it has failed. */
export function checkpointStateAt({ state, startedAt }: Checkpoint, now: number): Checkpoint['state'] {
  return state === 'in_progress' && now - Date.parse(startedAt) >= CHECKPOINT_TIMEOUT_MS ? 'failed' : state;
}

/** The cut through a run's tasks as they are now. */
export function captureCut(tasks: readonly Task[], plan: Plan): Cut {
  return { splits: tasks.flatMap((task) => task.splits.map((split, i) => captureSplit(task, plan, split, i))) };
}

function captureSplit(task: Task, { splits, unbounded, flow }: Plan, number: number, i: number): SplitCut {
  const split = splits[number];
  const of = { split: number, task: task.index };
  const { position = null, page = 0, hand = null, part } = split?.from ?? {};
  if (i === currentSplitIndex(task)) {
    const { position, page, hand, part } = task;
    return { ...of, position, page, done: false, hand, ...(part && { part }) };
  }
  const left = task.left[number];
  if (left) return { ...of, ...left, done: false, hand: null };
  if (i > task.at) return { ...of, position, page, done: false, hand, ...(part && { part }) };
  // One without an end was left when what was in hand of it was through.
  if (split && unbounded.includes(split.source)) {
    return { ...of, ...resumePointAfterStaged(split, flow.pageSize), done: false, hand: null };
  }
  return { ...of, position: null, page, done: true, hand: null };
}

/**
 * Where a split goes on that was cut. One that is not in the cut was in no task's share, for nothing was left of it when
 * its run began; that stays so. Without a cut it is where that run began.
 */
export function findSplitStart({ from }: Split, number: number, cut: Cut | undefined): SplitStart | undefined {
  return cut?.splits.find(({ split }) => split === number) ?? from;
}

/** What each operator has in a cut. */
export function operatorStates(flow: Flow, splits: readonly Split[], tasks: number, cut: Cut): OperatorState[] {
  const sizes = new Map<string, number>();
  for (const of of cut.splits) {
    const name = `${splits[of.split]?.source} ${of.task}`;
    sizes.set(name, (sizes.get(name) ?? 0) + Buffer.byteLength(JSON.stringify(of)));
  }
  return operatorsOf(flow).map(({ id, name }, operator) => {
    const subtasks = Array.from({ length: tasks }, (_, task) => ({
      task,
      size: sizes.get(`${operator} ${task}`) ?? 0,
    }));
    return { operator: id, name, size: subtasks.reduce((sum, { size }) => sum + size, 0), subtasks };
  });
}
