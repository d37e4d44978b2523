/** What a tenant may use. */
export interface Limits {
  /** Runs at once; the others wait in line. */
  readonly concurrentRuns: number;
  /** Days that ended runs are kept. */
  readonly retentionDays: number;
}
