import { InvalidInput } from '../../domain/errors.ts';
import type { Spend } from '../../store/walk-runs.ts';
import { REST_MS } from './selection.ts';

/** What may be read for one answer: keys of an index, and rows. */
export interface ReadBudget {
  readonly keys: number;
  readonly rows: number;
}

/** Some 5 s of keys at 50 ms for 2,000, and 2 s of rows at 10 ms for 100. */
export const READ_BUDGET: ReadBudget = { keys: 200_000, rows: 20_000 };

/**
 * Notes what is read for an answer.
 *
 * @param field what is to be narrowed
 * @throws InvalidInput when more is to be read after as much as one answer may cost
 */
export function spender(field: string, problem: string, budget: ReadBudget, remainingMs: () => number): Spend {
  const spent = { keys: 0, rows: 0 };
  return (what, read) => {
    if (spent[what] >= budget[what] || remainingMs() < REST_MS) {
      const looked = Math.max(spent.keys, spent.rows);
      throw new InvalidInput(field, `${problem}: ${looked} runs were looked through; ask for a shorter time`);
    }
    spent[what] += read;
  };
}
