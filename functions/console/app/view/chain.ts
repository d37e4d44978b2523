import type { ChainedRun } from '../api/types.ts';
import { hasFailed, isActive } from './status.ts';

/** Milliseconds between loads while runs of a chain are active, or may still start. */
const CHANGING_MS = 3_000;

/** Time after the end of a run in which other runs may start because of it. */
const FOLLOW_MS = 60_000;

/** Returns all runs of a chain, each before those that started because of it. */
export const listRuns = ({ run, children }: ChainedRun): readonly ChainedRun['run'][] => [
  run,
  ...children.flatMap(listRuns),
];

/** A run of a chain with the run because of which it started. */
export interface FollowingRun {
  readonly run: ChainedRun['run'];
  readonly before: ChainedRun['run'];
}

/** Returns all runs after the first one of a chain, each before those that started because of it. */
export const listFollowing = ({ run: before, children }: ChainedRun): readonly FollowingRun[] =>
  children.flatMap((child) => [{ run: child.run, before }, ...listFollowing(child)]);

/**
 * @param current a `run_id`
 * @returns whether a part of a chain contains the current run, or begins with a failed or active one
 */
export const isNotable = (chain: ChainedRun, current: string): boolean =>
  hasFailed(chain.run.status) || isActive(chain.run.status) || listRuns(chain).some((run) => run.run_id === current);

/**
 * Returns the interval at which a chain is loaded, in milliseconds; `undefined` if it does not change any more.
 *
 * @param now epoch milliseconds
 */
export function chainInterval(chain: ChainedRun | undefined, now: number): number | undefined {
  if (chain === undefined) return CHANGING_MS;
  const mayChange = listRuns(chain).some(
    ({ status, finished_at: end }) => isActive(status) || (end !== null && now - Date.parse(end) < FOLLOW_MS),
  );
  return mayChange ? CHANGING_MS : undefined;
}
