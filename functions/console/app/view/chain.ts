import type { ChainedRun } from '../api/types.ts';
import { isActive } from './status.ts';

/** Milliseconds between loads while runs of a chain are active, or may still start. */
const CHANGING_MS = 3_000;

/** Time after the end of a run in which other runs may start because of it. */
const FOLLOW_MS = 60_000;

/** Returns all runs of a chain, each before those that started because of it. */
export const listRuns = ({ run, children }: ChainedRun): readonly ChainedRun['run'][] => [
  run,
  ...children.flatMap(listRuns),
];

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
