/** What a tenant may use. */
export interface Limits {
  /** Runs at once; the others wait in line. */
  readonly concurrentRuns: number;
  /** Days that ended runs are kept. */
  readonly retentionDays: number;
  /** The rebuild of the tenant's counters that new runs are to be counted by; 0 while there was none. */
  readonly generation: number;
}
