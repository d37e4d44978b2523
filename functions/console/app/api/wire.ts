/** What the surfaces answer with, as far as the page reads it. The README documents every field. */

export type RunStatus = 'ok' | 'error' | 'timeout' | 'canceled' | 'skipped' | 'running' | 'pending';

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A source, transform or sink of a flow. */
export interface FlowOperator {
  readonly id: string;
  readonly type: string;
}

/** `GET /jobs/{id}`. Times are ISO 8601. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: string;
  readonly schedule: string | null;
  readonly timezone: string;
  readonly start_at: string | null;
  readonly end_at: string | null;
  readonly jitter_seconds: number;
  readonly script: string | null;
  readonly args: readonly string[] | null;
  readonly env: Readonly<Record<string, string>> | null;
  readonly http: HttpRequest | null;
  readonly flow: Readonly<Record<'sources' | 'transforms' | 'sinks', readonly FlowOperator[]>> | null;
  readonly enabled: 0 | 1;
  /** null: none, as flows may have none. */
  readonly timeout_ms: number | null;
  readonly overlap_policy: string;
  readonly retry: {
    readonly attempts: number;
    readonly backoff: string;
    readonly delay_seconds: number;
    readonly max_delay_seconds: number;
  };
  readonly integration_id: string | null;
  readonly tags: readonly string[];
  readonly on_failure: string | null;
  readonly on_success: string | null;
  readonly next_run: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  /** null: the scheduler has not been told yet. */
  readonly registration: { readonly status: 'registered' | 'none' | 'failed'; readonly error: string | null } | null;
}

/** An entry of `GET /jobs`. */
export interface ListedJob extends Job {
  readonly last_status: RunStatus | null;
  readonly last_run: string | null;
}

/** A run, or a skipped tick. */
export interface Run {
  /** Number within the job. */
  readonly id: number;
  readonly run_id: string;
  readonly job_id: string;
  readonly status: RunStatus;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly scheduled_at: string | null;
  readonly trigger: string;
  readonly attempt: number;
  readonly exit_code: number | null;
  readonly reason: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly items_processed: number;
  readonly meta: Readonly<Record<string, unknown>> | null;
  readonly output_truncated: boolean;
  /** Of a failed run that somebody has dealt with. */
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly acknowledged_note: string | null;
  /** The failed run that it does again: its `run_id`. */
  readonly redriven_from: string | null;
}

/** An entry of `GET /failures?group=cause`: failed runs of a job that nobody has acknowledged, and that say the same. */
export interface Cause {
  readonly cause: string;
  readonly job_id: string;
  /** As the newest of them said it. */
  readonly message: string;
  readonly count: number;
  readonly newest: string | null;
  readonly oldest: string | null;
}

/** `GET /failures?group=cause` */
export interface Causes {
  readonly causes: readonly Cause[];
  /** Failed runs that were looked at, and how many more there are. */
  readonly runs: number;
  readonly left: number;
}

/** `POST /redrive` */
export interface Redriven {
  readonly started: readonly { readonly run_id: string; readonly new_run_id: string | null }[];
  readonly skipped: readonly { readonly run_id: string; readonly reason: string }[];
  /** So many more at most, which it had no room for. */
  readonly left: number;
}

/** `POST /failures/acknowledge` */
export interface Acknowledged {
  readonly acknowledged: number;
  readonly left: number;
  readonly skipped: readonly { readonly run_id: string; readonly reason: string }[];
}

/** `GET /api/integrations/jobs/metrics` */
export interface Metrics {
  readonly pendingCount: number;
  readonly processingCount: number;
  readonly failedCount: number;
  readonly oldestPendingAgeMs: number | null;
  readonly lastRunAt: string | null;
  readonly lastRunDurationMs: number | null;
}

/** `GET /api/integrations/jobs/minutes`, oldest first. */
export interface Minute {
  readonly minute: string;
  readonly ok: number;
  readonly error: number;
}

/** `GET /stats` */
export interface Stats {
  readonly totalJobs: number;
  readonly running: number;
  readonly failedRegistrations: number;
  readonly okLastHour: number;
  readonly errorsLastHour: number;
}

/** `GET /v1/api-keys` */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly lastUsedAt: string | null;
}

/** `GET /v1/secrets`; never a value. */
export interface Secret {
  readonly name: string;
  readonly updatedAt: string;
}
