import type { Tables } from '../../../functions/core/store/db.ts';

/** Table names of the test stores: the logical names, without a stage. */
export const tables = {
  jobs: 'Jobs',
  runs: 'Runs',
  records: 'Records',
  access: 'Access',
  counters: 'Counters',
  collections: 'Collections',
} as const satisfies Tables;
