import { InvalidInput } from '../../core/domain/errors.ts';
import type { Spend } from '../../core/store/walk-runs.ts';
import { type ReadBudget, spendFrom } from '../http/read-budget.ts';
import { REST_MS } from './selection.ts';

/** Some 5 s of keys at 50 ms for 2,000, and 2 s of rows at 10 ms for 100. */
export const READ_BUDGET: ReadBudget = { keys: 200_000, rows: 20_000, restMs: REST_MS };

/**
 * Counts the reads of a list that can be narrowed by time.
 *
 * @param problem the start of the error message of a request that reads the whole budget
 * @throws (the returned function) InvalidInput that names `since`, or JobdeckError `request.timeout`
 */
export const spendWithin = (budget: ReadBudget, remainingMs: () => number, problem: string): Spend =>
  spendFrom(
    budget,
    remainingMs,
    (looked) => new InvalidInput('since', `${problem}: ${looked} runs were looked through; ask for a shorter time`),
  );
