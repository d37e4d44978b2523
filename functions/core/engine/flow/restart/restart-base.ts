import { isDeepStrictEqual } from 'node:util';
import type { Flow } from '../../../domain/flow/flow.ts';
import type { Plan } from '../../../domain/flow/plan.ts';
import type { Source } from '../../../domain/flow/source.ts';
import type { Run } from '../../../domain/run.ts';
import { getRun } from '../../../store/runs.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { loadPlan } from '../plan/plan-store.ts';

/** A planned run with its plan. */
export interface RestartBase {
  readonly run: Run;
  readonly plan: Plan;
  readonly tasks: number;
  /** Epoch of the checkpoint to continue from; `null`: the run's start. */
  readonly epoch: number | null;
}

/**
 * Finds the planned run to continue from: the run itself or, if it was stopped before its planning, the run from which
 * it was restarted.
 *
 * @returns `undefined` if no run of the lineage was planned, or its plan was purged
 */
export async function findBase(
  { db, objects }: Pick<FlowPlatform, 'db' | 'objects'>,
  run: Run | undefined,
  epoch: number | null = null,
): Promise<RestartBase | undefined> {
  if (!run?.flow) return undefined;
  const { plan: planned, restart } = run.flow;
  if (planned) {
    const plan = await loadPlan(objects, run, planned.attempt);
    return plan && { run, plan, tasks: planned.tasks, epoch };
  }
  return restart && findBase({ db, objects }, await getRun(db, { ...run, ulid: restart.from }), restart.epoch);
}

/** The error of a restart whose flow has another input than the run from which it continues. */
export const SOURCES_CHANGED =
  'The sources or the page size of the pipeline have changed since; start a new job instead';

/** @returns whether positions in one flow are valid in the other: they refer to the sources and the page size */
export const hasSameInput = (before: Flow, now: Flow): boolean =>
  before.pageSize === now.pageSize && isDeepStrictEqual(before.sources.map(inputOf), now.sources.map(inputOf));

/** Returns the fields of a source that determine its input. */
const inputOf = ({ name, tap, ...source }: Source) => source;
