import type { TableSpec } from './memory-dynamodb.ts';

/** The tables of the data stack. */
export const TABLE_SPECS: readonly TableSpec[] = [
  { name: 'Jobs' },
  {
    name: 'Runs',
    indexes: {
      byTenant: { partition: 'tenant', sort: 'createdKey' },
      active: { partition: 'activeKey', sort: 'createdKey' },
    },
  },
  { name: 'Records' },
  { name: 'Access' },
  { name: 'Counters', indexes: { agenda: { partition: 'sweepShard', sort: 'sweepAt' } } },
  { name: 'Collections' },
];
