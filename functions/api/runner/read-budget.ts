import { InvalidInput } from '../../core/domain/errors.ts';
import type { CountReads } from '../../core/store/walk-runs.ts';
import { createReadCounter, type ReadBudget } from '../http/read-budget.ts';
import { RESPONSE_RESERVE_MS } from './run-selection.ts';

/** About 5 s of keys (50 ms for 2,000) and 2 s of rows (10 ms for 100). */
export const DEFAULT_READ_BUDGET: ReadBudget = { keys: 200_000, rows: 20_000, reservedMs: RESPONSE_RESERVE_MS };

export interface OptionalReadBudget {
  /** @defaultValue `DEFAULT_READ_BUDGET` */
  readonly readBudget?: ReadBudget;
}

/**
 * Creates a counter for the reads of a list that can be narrowed by time.
 *
 * @param problem the start of the error message of a request that exhausts the budget
 * @throws (the returned function) InvalidInput that names `since`, or JobdeckError `request.timeout`
 */
export const createRunReadCounter = (budget: ReadBudget, remainingMs: () => number, problem: string): CountReads =>
  createReadCounter(
    budget,
    remainingMs,
    (looked) => new InvalidInput('since', `${problem}: ${looked} runs were looked through; ask for a shorter time`),
  );
