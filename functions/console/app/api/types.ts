import type { RunStatus } from '../../../api/runner/run-status.ts';

/** What the surfaces answer with, as far as the page reads it. The README documents every field. */

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

/** What a job is defined as. */
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
  /** null: none, as flows may have none. */
  readonly timeout_ms: number | null;
  /** Seconds after which a run is late to start, and to finish; 0: nobody minds. */
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
  /** null: the scheduler has not been told yet. */
  readonly registration: { readonly status: 'registered' | 'none' | 'failed'; readonly error: string | null } | null;
}

/** `GET /jobs/{id}/versions/{version}` */
export interface JobVersion {
  readonly version: number;
  /** Whether the job still is defined so. */
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
  /** Version of the job's definition that the attempt began with; null before the first. */
  readonly job_version: number | null;
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
  /** When it was found that it had not started, or not ended, in time. */
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

/** `GET /jobs/{id}/runs/{run}`: with its whole output, or what of it came after a place. Skipped ticks have none. */
export interface RunWithOutput extends Run {
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
  /** The place that the output begins after; null: it is all there is. */
  readonly output_after?: string | null;
  /** The place behind it. */
  readonly output_next?: string;
}

/** An entry of `GET /failures?group=cause`: failed runs of a job that nobody has acknowledged, and that say the same. */
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
  /** The ten jobs with the most of the runs. */
  readonly jobs: readonly { readonly job_id: string; readonly count: number }[];
}

/** Beside the groups of `GET /failures?group=…`. */
export interface GroupTotals {
  /** Failed runs that all groups were made of. */
  readonly runs: number;
  /** Groups there are. */
  readonly total: number;
  /** Failed runs that are in none of the groups of the answer. */
  readonly left: number;
}

/** `POST /redrive` */
export interface RedriveResult {
  readonly started: readonly { readonly run_id: string; readonly new_run_id: string | null }[];
  readonly skipped: readonly { readonly run_id: string; readonly reason: string }[];
  /** So many more at most, which it had no room for. */
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

/** A slot of `GET /runs/activity`: what became of the runs that were made in it, by now. */
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
  /** What was asked for: `deleteJob`. */
  readonly operation: string;
  readonly targets: readonly string[];
  /** How many there were; `targets` are the first of them. */
  readonly target_count: number;
  readonly named_tenant: string | null;
  /** Of the answer; null: it is not known how it ended. */
  readonly status: number | null;
  readonly source_ip: string;
}

/** An entry of `GET /dead-letters`: a message that was given up. */
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

/** `GET /v1/secrets`; never a value. */
export interface Secret {
  readonly name: string;
  readonly updatedAt: string;
}
