import { resumePointAfterStaged, yieldsToStaged } from '../../../domain/flow/plan.ts';
import type { Position } from '../../../domain/flow/position.ts';
import { currentSplitIndex, type Task } from '../../../domain/flow/task.ts';
import type { SliceContext } from './slice-context.ts';

type TaskOfPlan = Pick<SliceContext, 'plan' | 'leased'>;

/** @returns whether the task has a split that is not read to its end */
export const hasUnreadSplit = ({ at, splits }: Task): boolean => at < splits.length;

/**
 * Returns the number of the current split in the plan, and the index of its source.
 *
 * @throws Error if the task has no unread split
 */
export function currentSplit({ plan, leased: { task } }: TaskOfPlan): {
  readonly number: number;
  readonly source: number;
} {
  const number = task.splits[currentSplitIndex(task)] ?? -1;
  const split = plan.splits[number];
  if (!split) throw new Error(`task ${task.index} has no split to read`);
  return { number, source: split.source };
}

/**
 * Returns the task's position after a page: further in the current split, or at the start of the next one.
 *
 * @param next the position after the page; `null` at the end of the split
 */
export function positionAfterPage({ plan, leased: { task } }: TaskOfPlan, next: Position | null): Partial<Task> {
  // A staged batch without valid records has no page, but its failed records are stored under the page's number.
  const page = Math.max(task.page + 1, task.staged?.pageAfter ?? 0);
  const [split = -1, following] = task.turn === null ? task.splits.slice(task.at) : [task.splits[task.turn]];
  if (next !== null && !yieldsToStaged(plan, split, following)) return { position: next, page, staged: null };
  const at = task.at + 1;
  const unread = task.splits.slice(at).map((number) => plan.splits[number]);
  return {
    at,
    position: unread[0]?.from?.position ?? null,
    page: unread[0]?.from?.page ?? 0,
    staged: unread[0]?.from?.staged ?? null,
    part: unread[0]?.from?.part ?? null,
    open: [...new Set(unread.map((number) => number?.source ?? 0))],
  };
}

/**
 * Returns the splits that a task reads in turns when only unbounded sources are left: one split of each source, as
 * indices in `task.splits`. The current split is the last.
 */
export function roundRobinSplits({ plan, leased: { task } }: TaskOfPlan): readonly number[] {
  const sourceOf = (index: number) => plan.splits[task.splits[index] ?? -1]?.source ?? -1;
  const current = currentSplitIndex(task);
  const turns = plan.unbounded.flatMap((source) => {
    if (source === sourceOf(current)) return [current];
    const ofSource = [...task.splits.keys()].filter((index) => sourceOf(index) === source);
    // A split that was started continues. The source's other splits exist for runs with more tasks.
    const started = ofSource.filter((index) => task.resumePoints[task.splits[index] ?? -1]);
    return [...started, ...ofSource].slice(0, 1);
  });
  const after = turns.indexOf(current) + 1;
  return [...turns.slice(after), ...turns.slice(0, after)];
}

/**
 * Returns the changes that make another split the current one.
 *
 * @param index index in `task.splits`
 */
export function switchSplit(
  { plan, leased: { task } }: TaskOfPlan,
  index: number,
): Pick<Task, 'turn' | 'resumePoints' | 'position' | 'page'> {
  const { position, page, resumePoints, splits } = task;
  const [from, to] = [splits[currentSplitIndex(task)] ?? -1, splits[index] ?? -1];
  const suspended: Task['resumePoints'] = { ...resumePoints, [from]: { position, page } };
  const { [to]: resumePoint, ...others } = suspended;
  const split = plan.splits[to];
  if (!split) throw new Error(`task ${task.index} has no split ${to}`);
  return {
    ...(resumePoint ?? resumePointAfterStaged(split, plan.flow.pageSize)),
    turn: index === task.at ? null : index,
    resumePoints: others,
  };
}
