import type { RunStatus } from '../../../api/runner/run-status.ts';

/** Responses of the API, limited to the fields that the console reads. */

export type { RunStatus };

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

/** The definition of a job. */
export interface Definition {
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
  /** `null` disables the timeout, for flows only. */
  readonly timeout_ms: number | null;
  /** Seconds after which a run is late to start, and to finish; 0 disables the check. */
  readonly start_grace_s: number;
  readonly finish_grace_s: number;
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
  readonly on_late: string | null;
}

/** `GET /jobs/{id}`. Times are ISO 8601. */
export interface Job extends Definition {
  readonly next_run: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  /** `null` until the schedule is registered for the first time. */
  readonly registration: { readonly status: 'registered' | 'none' | 'failed'; readonly error: string | null } | null;
}

/** `GET /jobs/{id}/versions/{version}` */
export interface JobVersion {
  readonly version: number;
  /** `true` if the job still has this version. */
  readonly current: boolean;
  readonly definition: Definition;
  readonly updated_at: string;
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
  /** Version of the job's definition that the attempt started with; `null` before the first attempt. */
  readonly job_version: number | null;
  readonly exit_code: number | null;
  readonly reason: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly items_processed: number;
  readonly meta: Readonly<Record<string, unknown>> | null;
  readonly output_truncated: boolean;
  /** Set when a user has acknowledged a failed run. */
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly acknowledged_note: string | null;
  /** `run_id` of the failed run that this run retries. */
  readonly redriven_from: string | null;
  /** Time at which the run was found to be late to start, or to finish. */
  readonly late_start_at: string | null;
  readonly late_finish_at: string | null;
}

/** One attempt of a run, with the last lines of its output. */
export interface Attempt {
  readonly attempt: number;
  readonly status: RunStatus;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly reason: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly output_truncated: boolean;
}

/**
 * `GET /jobs/{id}/runs/{run}`: a run with its output, or with the output after a position. Skipped ticks have no
 * output.
 */
export interface RunWithOutput extends Run {
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
  /** Position after which the output starts; `null` if the output is complete. */
  readonly output_after?: string | null;
  /** Position at the end of the output. */
  readonly output_next?: string;
}

/** An entry of `GET /failures?group=cause`: unacknowledged failed runs of one job with the same error message. */
export interface FailureCause {
  readonly cause: string;
  readonly job_id: string;
  /** The error message of the newest run. */
  readonly message: string;
  readonly count: number;
  readonly newest: string | null;
  readonly oldest: string | null;
}

/** An entry of `GET /failures?group=message`: unacknowledged failed runs of any job with the same error message. */
export interface FailureMessage {
  readonly message_id: string;
  /** The error message of the newest run. */
  readonly message: string;
  readonly count: number;
  readonly newest: string | null;
  readonly oldest: string | null;
  readonly job_count: number;
  /** The ten jobs with the most of these runs. */
  readonly jobs: readonly { readonly job_id: string; readonly count: number }[];
}

/** Totals of `GET /failures?group=…`. */
export interface GroupTotals {
  /** Number of failed runs in all groups. */
  readonly runs: number;
  /** Number of groups. */
  readonly total: number;
  /** Number of failed runs in groups that the response omits. */
  readonly left: number;
}

/** `POST /redrive` */
export interface RedriveResult {
  readonly started: readonly { readonly run_id: string; readonly new_run_id: string | null }[];
  readonly skipped: readonly { readonly run_id: string; readonly reason: string }[];
  /** Upper bound of the failed runs that exceed the limit of one request. */
  readonly left: number;
}

/** `POST /failures/acknowledge` */
export interface AcknowledgeResult {
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

/** A time slot of `GET /runs/activity`: the current states of the runs created in it. */
export interface ActivitySlot {
  readonly start: string;
  readonly pending: number;
  readonly running: number;
  readonly ok: number;
  readonly failed: number;
  readonly canceled: number;
}

/** An entry of `GET /audit`. */
export interface AuditRecord {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  /** The tenant of the actor's token. */
  readonly actor_tenant: string;
  /** The API operation, such as `deleteJob`. */
  readonly operation: string;
  readonly targets: readonly string[];
  /** Number of targets; `targets` holds the first of them. */
  readonly target_count: number;
  readonly named_tenant: string | null;
  /** HTTP status of the response; `null` if the outcome is unknown. */
  readonly status: number | null;
  readonly source_ip: string;
}

/** An entry of `GET /dead-letters`: a message that exhausted its retries. */
export interface DeadLetter {
  readonly id: string;
  readonly kind: 'tick' | 'run' | 'notification';
  readonly given_up_at: string;
  readonly cause: string;
  readonly job_id: string;
  readonly run_id: string;
}

/** `POST /dead-letters/replay` */
export interface ReplayResult {
  readonly replayed: readonly { readonly id: string; readonly new_run_id: string | null }[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
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

/** An entry of `GET /v1/secrets`. The API never returns values. */
export interface Secret {
  readonly name: string;
  readonly updatedAt: string;
}

/** Selects failed runs by id, or all runs of a group. */
export type FailedRunsSelector =
  | { readonly run_ids: readonly string[] }
  | { readonly cause: string }
  | { readonly message_id: string };

/** Failed runs to acknowledge. `before` (ISO 8601) excludes runs that failed at or after that time. */
export type AcknowledgeSelector = FailedRunsSelector & { readonly before?: string };
