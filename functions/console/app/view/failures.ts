import type {
  AcknowledgeSelector,
  FailedRunsSelector,
  FailureCause,
  FailureMessage,
  RedriveResult,
} from '../api/types.ts';

/** Failed runs with the same message, of one or several jobs. */
export interface FailureGroup {
  /** Unique within a response. */
  readonly id: string;
  /** Selects all runs of the group in requests. */
  readonly selector: { readonly cause: string } | { readonly message_id: string };
  readonly message: string;
  readonly count: number;
  /** Time of the newest failure. */
  readonly newest: string | null;
  /** The jobs with the most of the runs, and the number of all jobs. */
  readonly jobs: readonly { readonly job_id: string; readonly count: number }[];
  readonly jobCount: number;
}

export function groupFromCause({ cause, job_id, count, message, newest }: FailureCause): FailureGroup {
  return { id: cause, selector: { cause }, message, count, newest, jobs: [{ job_id, count }], jobCount: 1 };
}

export function groupFromMessage({
  message_id,
  message,
  count,
  newest,
  jobs,
  job_count,
}: FailureMessage): FailureGroup {
  return { id: message_id, selector: { message_id }, message, count, newest, jobs, jobCount: job_count };
}

/** Selected failed runs: whole groups, and single runs of other groups. */
export interface Selection {
  readonly groups: ReadonlySet<string>;
  /** Group ids by run id. */
  readonly runs: ReadonlyMap<string, string>;
}

export const EMPTY_SELECTION: Selection = { groups: new Set(), runs: new Map() };

/** Selects or deselects a whole group. */
export function toggleGroup({ groups, runs }: Selection, group: string): Selection {
  const next = new Set(groups);
  if (!next.delete(group)) next.add(group);
  return { groups: next, runs: new Map([...runs].filter(([, groupId]) => groupId !== group)) };
}

/** Selects or deselects a run. Deselecting a run of a whole group keeps the other visible runs selected. */
export function toggleRun(
  { groups, runs }: Selection,
  runId: string,
  group: string,
  shown: readonly string[],
): Selection {
  const next = new Map(runs);
  if (groups.has(group)) {
    for (const id of shown) if (id !== runId) next.set(id, group);
    return { groups: new Set([...groups].filter((groupId) => groupId !== group)), runs: next };
  }
  if (!next.delete(runId)) next.set(runId, group);
  return { groups, runs: next };
}

export const isSelected = ({ groups, runs }: Selection, runId: string, group: string): boolean =>
  groups.has(group) || runs.has(runId);

/** A snapshot of a selection. It does not change when the page loads the failures again. */
export interface SelectedFailures {
  readonly count: number;
  /** Groups that are selected as a whole. */
  readonly groups: readonly FailureGroup[];
  readonly runIds: readonly string[];
}

/** Returns the part of a selection whose groups are still listed. */
export function resolveSelection(selection: Selection, groups: readonly FailureGroup[]): SelectedFailures {
  const whole = groups.filter(({ id }) => selection.groups.has(id));
  const ids = new Set(groups.map(({ id }) => id));
  const runIds = [...selection.runs].filter(([, group]) => ids.has(group)).map(([runId]) => runId);
  return { count: whole.reduce((sum, { count }) => sum + count, runIds.length), groups: whole, runIds };
}

/** Returns the selectors for a redrive: one per group, and one for all single runs. */
export const redriveRequests = ({ groups, runIds }: SelectedFailures): readonly FailedRunsSelector[] => [
  ...groups.map(({ selector }) => selector),
  ...(runIds.length > 0 ? [{ run_ids: runIds }] : []),
];

/** Returns the selectors for an acknowledgement, which exclude runs that failed after the selection. */
export const acknowledgeRequests = ({ groups, runIds }: SelectedFailures): readonly AcknowledgeSelector[] => [
  ...groups.map(({ selector, newest }) => (newest === null ? selector : { ...selector, before: justAfter(newest) })),
  ...(runIds.length > 0 ? [{ run_ids: runIds }] : []),
];

const justAfter = (time: string): string => new Date(Date.parse(time) + 1).toISOString();

/** Sums the results of several redrive requests and merges equal reasons. */
export function sumRedriveResults(answers: readonly Pick<RedriveResult, 'started' | 'skipped' | 'left'>[]) {
  const skipped = answers.flatMap((answer) => answer.skipped);
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  return {
    started: answers.reduce((sum, { started }) => sum + started.length, 0),
    skipped: [...byReason].map(([reason, runs]) => ({ reason, count: runs.length })),
    left: answers.reduce((sum, { left }) => sum + left, 0),
  };
}
