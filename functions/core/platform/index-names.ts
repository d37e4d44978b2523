/** Names of the indexes of the Runs table: all runs by creation time, and runs by state except completed ones. */
export const RUN_INDEXES = { byTenant: 'byTenant', active: 'active' } as const;
