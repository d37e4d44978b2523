import type { Run, RunState } from './run.ts';
import { DEFAULT_PRIORITY, type Priority } from './run-priority.ts';

/**
 * The partition of a run in the index `active`. Classes instead of states, so that a claim leaves the run's index entry
 * as it is, and runs that wait for one reason do not hide those that wait for another.
 *
 * - `delay`: the run is to start at a later time, or has not been started since.
 * - `limit` and `limit-…`: the run waits for a slot of its tenant; one class for each priority.
 * - `overlap`: the run waits for the lock of its job.
 * - `concurrency`: the run waits for runs with the same concurrency key.
 * - `retry`: the run waits for its next attempt.
 * - `admitted`: the run holds a slot: it has a message in the queue, or it is executed.
 */
export type RunClass =
  | 'delay'
  | LimitClass
  | 'overlap'
  | 'concurrency'
  | 'retry'
  | 'admitted'
  | 'failed'
  | 'acknowledged'
  | 'canceled';

/** Classes of runs that wait for a slot, most urgent first. */
export const LIMIT_CLASSES = ['limit-1', 'limit-2', 'limit', 'limit-4', 'limit-5'] as const;
/** The class of runs with the default priority: the only one of a tenant that has never used priorities. */
const DEFAULT_LIMIT_CLASSES = ['limit'] as const satisfies readonly RunClass[];

/** Returns the classes of the runs of a tenant that wait for a slot, most urgent first. */
export const limitClassesOf = (usesPriorities: boolean): readonly LimitClass[] =>
  usesPriorities ? LIMIT_CLASSES : DEFAULT_LIMIT_CLASSES;
type LimitClass = (typeof LIMIT_CLASSES)[number];

/** Returns the class of the runs with a priority that wait for a slot. */
export const limitClassOf = (priority: Priority): LimitClass =>
  priority === DEFAULT_PRIORITY ? 'limit' : `limit-${priority}`;

/** Returns the class of a run that waits for a reason, or is admitted. */
export const waitingClassOf = (waiting: Run['waiting'], priority: Priority): RunClass =>
  waiting === 'limit' ? limitClassOf(priority) : (waiting ?? 'admitted');

/** Classes of queued runs without a slot that were to start already. */
export const DUE_CLASSES = [...LIMIT_CLASSES, 'overlap', 'concurrency', 'retry'] as const satisfies readonly RunClass[];
/** Classes of queued runs without a slot. */
export const WAITING_CLASSES = ['delay', ...DUE_CLASSES] as const satisfies readonly RunClass[];
/** Classes of runs that have not ended. */
export const ACTIVE_CLASSES = [...WAITING_CLASSES, 'admitted'] as const satisfies readonly RunClass[];

/** Returns the classes of the runs of a tenant that have not ended. */
export const activeClassesOf = (usesPriorities: boolean): readonly RunClass[] =>
  usesPriorities ? ACTIVE_CLASSES : withoutPriorities(ACTIVE_CLASSES);

/** Returns the classes that runs of a tenant may have that has never used priorities. */
export const withoutPriorities = <Class extends RunClass>(classes: readonly Class[]): readonly Class[] =>
  classes.filter((runClass) => runClass === 'limit' || !isLimitClass(runClass));

const isLimitClass = (runClass: RunClass): boolean => LIMIT_CLASSES.some((limitClass) => limitClass === runClass);

/** The classes that contain the runs in a state, in life cycle order. Other runs may share a class. */
export const CLASSES_BY_STATE: Readonly<Record<RunState, readonly RunClass[]>> = {
  queued: ACTIVE_CLASSES,
  running: ['admitted'],
  stopping: ['admitted'],
  completed: [],
  failed: ['failed', 'acknowledged'],
  canceled: ['canceled'],
};

/** @returns the class of a run, or `null` for a completed run, which is not in the index */
export function classOf({
  state,
  waiting,
  dueAt,
  acknowledged,
  priority,
}: Pick<Run, 'state' | 'waiting' | 'dueAt' | 'acknowledged' | 'priority'>): RunClass | null {
  switch (state) {
    case 'queued':
      return waiting === null && dueAt !== null ? 'retry' : waitingClassOf(waiting, priority);
    case 'running':
    case 'stopping':
      return 'admitted';
    case 'failed':
      return acknowledged ? 'acknowledged' : 'failed';
    case 'canceled':
      return 'canceled';
    case 'completed':
      return null;
  }
}
