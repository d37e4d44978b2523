import type { Tables } from '../../../functions/core/store/db.ts';

/** What the tables are called in the tests' own stores: as in the design, without a stage. */
export const tables = {
  jobs: 'Jobs',
  runs: 'Runs',
  records: 'Records',
  access: 'Access',
  counters: 'Counters',
  collections: 'Collections',
} as const satisfies Tables;
