/** Names of the indexes of the Runs table: all runs by creation time, and runs by state except completed ones. */
export const RUN_INDEXES = { byTenant: 'byTenant', active: 'active' } as const;

/** Names of the indexes of the Counters table: tenants by the time of their next sweep. */
export const COUNTER_INDEXES = { agenda: 'agenda' } as const;
