import { addCounts, NO_COUNTS, type OperatorCounts } from '../../../domain/flow/counts.ts';
import { type Flow, operatorsOf } from '../../../domain/flow/flow.ts';
import type { SliceLog } from './slice-log.ts';

/** Adds the counts of operators, each to the operator of the same index. */
export function addOperatorCounts(
  a: readonly OperatorCounts[],
  b: readonly OperatorCounts[],
): readonly OperatorCounts[] {
  return a.map((counts, i) => addCounts(counts, b[i] ?? {}));
}

/** Returns the warnings of each operator since the last call, as counts. */
export function takeWarnings(log: SliceLog, flow: Flow): readonly OperatorCounts[] {
  const warnings = log.takeWarnings();
  return operatorsOf(flow).map(({ id }) => ({ ...NO_COUNTS, warnings: warnings.get(id) ?? 0 }));
}
