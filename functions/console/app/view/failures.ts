import type { FailedRuns } from '../api/runner.ts';
import type { Cause, Redriven } from '../api/wire.ts';

/** Failed runs that are chosen: whole causes, and runs of others. */
export interface Selection {
  readonly causes: ReadonlySet<string>;
  /** The cause of each run, by the run's id. */
  readonly runs: ReadonlyMap<string, string>;
}

export const NOTHING: Selection = { causes: new Set(), runs: new Map() };

/** Chooses all of a cause, or none of it. */
export function turnCause({ causes, runs }: Selection, cause: string): Selection {
  const next = new Set(causes);
  if (!next.delete(cause)) next.add(cause);
  return { causes: next, runs: new Map([...runs].filter(([, of]) => of !== cause)) };
}

/** Chooses one run, or no longer. Of a cause that was chosen whole, the others on the page stay chosen. */
export function turnRun(
  { causes, runs }: Selection,
  runId: string,
  cause: string,
  shown: readonly string[],
): Selection {
  const next = new Map(runs);
  if (causes.has(cause)) {
    for (const id of shown) if (id !== runId) next.set(id, cause);
    return { causes: new Set([...causes].filter((of) => of !== cause)), runs: next };
  }
  if (!next.delete(runId)) next.set(runId, cause);
  return { causes, runs: next };
}

export const isChosen = ({ causes, runs }: Selection, runId: string, cause: string): boolean =>
  causes.has(cause) || runs.has(runId);

/** How many runs are chosen, of causes that are still there. */
export function countChosen(selection: Selection, causes: readonly Cause[]): number {
  return causes.reduce((sum, { cause, count }) => {
    const some = [...selection.runs.values()].filter((of) => of === cause).length;
    return sum + (selection.causes.has(cause) ? count : some);
  }, 0);
}

/** The requests that a selection takes: one a cause, one for all runs beside. */
export function requestsOf({ causes, runs }: Selection): readonly FailedRuns[] {
  const byCause = [...causes].map((cause) => ({ cause }));
  return runs.size > 0 ? [...byCause, { run_ids: [...runs.keys()] }] : byCause;
}

/** What several requests came to together, with each reason once. */
export function redrivenTogether(answers: readonly Redriven[]) {
  const skipped = answers.flatMap((answer) => answer.skipped);
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  return {
    started: answers.reduce((sum, { started }) => sum + started.length, 0),
    skipped: [...byReason].map(([reason, runs]) => ({ reason, count: runs.length })),
    left: answers.reduce((sum, { left }) => sum + left, 0),
  };
}
