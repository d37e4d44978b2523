import type { AcknowledgeSelector, FailedRunsSelector } from '../api/runner.ts';
import type { FailureCause, FailureMessage, RedriveResult } from '../api/types.ts';

/** Failed runs that have a message in common, of one job or of several. */
export interface FailureGroup {
  /** Unique among the groups of an answer. */
  readonly id: string;
  /** Names all runs of the group in requests. */
  readonly selector: { readonly cause: string } | { readonly message_id: string };
  readonly message: string;
  readonly count: number;
  /** When the newest of the runs failed. */
  readonly newest: string | null;
  /** The jobs with the most of the runs, and how many jobs there are. */
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

/** Failed runs that are chosen: whole groups, and runs of others. */
export interface Selection {
  readonly groups: ReadonlySet<string>;
  /** The group of each run, by the run's id. */
  readonly runs: ReadonlyMap<string, string>;
}

export const EMPTY_SELECTION: Selection = { groups: new Set(), runs: new Map() };

/** Chooses all of a group, or none of it. */
export function toggleGroup({ groups, runs }: Selection, group: string): Selection {
  const next = new Set(groups);
  if (!next.delete(group)) next.add(group);
  return { groups: next, runs: new Map([...runs].filter(([, of]) => of !== group)) };
}

/** Chooses one run, or no longer. Of a group that was chosen whole, the others on the page stay chosen. */
export function toggleRun(
  { groups, runs }: Selection,
  runId: string,
  group: string,
  shown: readonly string[],
): Selection {
  const next = new Map(runs);
  if (groups.has(group)) {
    for (const id of shown) if (id !== runId) next.set(id, group);
    return { groups: new Set([...groups].filter((of) => of !== group)), runs: next };
  }
  if (!next.delete(runId)) next.set(runId, group);
  return { groups, runs: next };
}

export const isSelected = ({ groups, runs }: Selection, runId: string, group: string): boolean =>
  groups.has(group) || runs.has(runId);

/** A snapshot of a selection. It does not change when the page loads the failures again. */
export interface SelectedFailures {
  readonly count: number;
  /** Groups that are chosen whole. */
  readonly groups: readonly FailureGroup[];
  readonly runIds: readonly string[];
}

/** The part of a selection that belongs to groups that are still there. */
export function resolveSelection(selection: Selection, groups: readonly FailureGroup[]): SelectedFailures {
  const whole = groups.filter(({ id }) => selection.groups.has(id));
  const ids = new Set(groups.map(({ id }) => id));
  const runIds = [...selection.runs].filter(([, group]) => ids.has(group)).map(([runId]) => runId);
  return { count: whole.reduce((sum, { count }) => sum + count, runIds.length), groups: whole, runIds };
}

/** The requests that a choice takes: one a group, one for all runs beside. */
export const redriveRequests = ({ groups, runIds }: SelectedFailures): readonly FailedRunsSelector[] => [
  ...groups.map(({ selector: choice }) => choice),
  ...(runIds.length > 0 ? [{ run_ids: runIds }] : []),
];

/** The same for an acknowledgement, without runs that fail after the choice was made. */
export const acknowledgeRequests = ({ groups, runIds }: SelectedFailures): readonly AcknowledgeSelector[] => [
  ...groups.map(({ selector: choice, newest }) =>
    newest === null ? choice : { ...choice, before: justAfter(newest) },
  ),
  ...(runIds.length > 0 ? [{ run_ids: runIds }] : []),
];

const justAfter = (time: string): string => new Date(Date.parse(time) + 1).toISOString();

/** What several requests came to together, with each reason once. */
export function sumRedriveResults(answers: readonly RedriveResult[]) {
  const skipped = answers.flatMap((answer) => answer.skipped);
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  return {
    started: answers.reduce((sum, { started }) => sum + started.length, 0),
    skipped: [...byReason].map(([reason, runs]) => ({ reason, count: runs.length })),
    left: answers.reduce((sum, { left }) => sum + left, 0),
  };
}
