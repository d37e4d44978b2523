import type { RunRef } from '../run.ts';
import { type Flow, operatorsOf } from './flow.ts';
import { type Plan, resumePointAfterStaged, type Split, type SplitStart } from './plan.ts';
import type { Position } from './position.ts';
import { currentSplitIndex, type PartialPage, type StagedBatch, type Task } from './task.ts';

/** The event that triggered a checkpoint. */
export type CheckpointCause = 'timer' | 'request' | 'stop';

/** The position of one split in a checkpoint. */
export interface SplitCut {
  /** Number of the split in the plan. */
  readonly split: number;
  readonly task: number;
  readonly position: Position;
  /** Number of the next page. */
  readonly page: number;
  readonly done: boolean;
  readonly staged: StagedBatch | null;
  /** The part of the next page that sinks have received. */
  readonly part?: PartialPage;
}

/**
 * The committed positions of all tasks. They are consistent at any time, because no record crosses from task to task.
 */
export interface Cut {
  readonly splits: readonly SplitCut[];
}

/**
 * The size of an operator's state in a checkpoint, in bytes. Sources store positions; transforms and sinks have no
 * state.
 */
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
  /** Only a completed checkpoint can be restarted from. */
  readonly state: 'in_progress' | 'completed' | 'failed';
  readonly cause: CheckpointCause;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Exempt from removal when newer checkpoints are taken. */
  readonly pinned: boolean;
  /** Key and size in bytes of the checkpoint's object. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly operators: readonly OperatorState[];
  /** Error of a failed checkpoint; otherwise null. */
  readonly message: string | null;
}

/** Maximum lifetime of a function that takes a checkpoint. */
const CHECKPOINT_TIMEOUT_MS = 15 * 60_000;

/**
 * Returns the state of a checkpoint at `now` (epoch milliseconds). A checkpoint in progress has failed once its worker
 * cannot be alive.
 */
export function checkpointStateAt({ state, startedAt }: Checkpoint, now: number): Checkpoint['state'] {
  return state === 'in_progress' && now - Date.parse(startedAt) >= CHECKPOINT_TIMEOUT_MS ? 'failed' : state;
}

/** Returns the cut through the current state of a run's tasks. */
export function captureCut(tasks: readonly Task[], plan: Plan): Cut {
  return { splits: tasks.flatMap((task) => task.splits.map((split, i) => captureSplit(task, plan, split, i))) };
}

function captureSplit(task: Task, { splits, unbounded, flow }: Plan, number: number, i: number): SplitCut {
  const split = splits[number];
  const ids = { split: number, task: task.index };
  const { position = null, page = 0, staged = null, part } = split?.from ?? {};
  if (i === currentSplitIndex(task)) {
    const { position, page, staged, part } = task;
    return { ...ids, position, page, done: false, staged, ...(part && { part }) };
  }
  const suspended = task.resumePoints[number];
  if (suspended) return { ...ids, ...suspended, done: false, staged: null };
  if (i > task.at) return { ...ids, position, page, done: false, staged, ...(part && { part }) };
  // A task left the unbounded split after its staged pages were committed.
  if (split && unbounded.includes(split.source)) {
    return { ...ids, ...resumePointAfterStaged(split, flow.pageSize), done: false, staged: null };
  }
  return { ...ids, position: null, page, done: true, staged: null };
}

/**
 * Returns the position at which a restarted run continues a split: its position in the cut or, without a cut, the start
 * of the split in the run before. A split that is absent from the cut was complete before and stays complete.
 */
export function findSplitStart({ from }: Split, number: number, cut: Cut | undefined): SplitStart | undefined {
  return cut?.splits.find(({ split }) => split === number) ?? from;
}

/**
 * Returns the state size of each operator in a cut.
 *
 * @param bytesOf returns the stored size of a split's position
 */
export function operatorStates(
  flow: Flow,
  splits: readonly Split[],
  tasks: number,
  cut: Cut,
  bytesOf: (split: SplitCut) => number,
): OperatorState[] {
  const sizes = new Map<string, number>();
  for (const cutSplit of cut.splits) {
    const name = `${splits[cutSplit.split]?.source} ${cutSplit.task}`;
    sizes.set(name, (sizes.get(name) ?? 0) + bytesOf(cutSplit));
  }
  return operatorsOf(flow).map(({ id, name }, operator) => {
    const subtasks = Array.from({ length: tasks }, (_, task) => ({
      task,
      size: sizes.get(`${operator} ${task}`) ?? 0,
    }));
    return { operator: id, name, size: subtasks.reduce((sum, { size }) => sum + size, 0), subtasks };
  });
}
