import type { Json } from '../../../functions/core/domain/json.ts';
import type { PageKey, SinkPage } from '../../../functions/core/executors/flow/sink-writer.ts';

/** Lineage of the pages. */
export const LINEAGE = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';

/** A page of records with these values, each from an input record of its own. */
export function aSinkPage(values: readonly Json[], key: Partial<PageKey> = {}, offered = 0): SinkPage {
  const records = values.map((value, origin) => ({ value, origin }));
  return { key: { lineage: LINEAGE, split: 2, page: 7, task: 0, ...key }, records, offeredBefore: offered };
}
