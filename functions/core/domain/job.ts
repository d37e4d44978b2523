import type { Flow } from './flow/flow.ts';
import type { TenantId } from './tenant.ts';

/** What happens when a job should start while an earlier run of it is still alive. */
export const OVERLAP_POLICIES = ['skip', 'queue', 'allow', 'replace'] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** A script of `functions/scripts/`, named as the tenant gave it: a bare name or a path that ends in one. */
export interface ScriptTarget {
  readonly type: 'script';
  /** As it was given; `scriptName()` of `script-name.ts` finds the script. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A request to a URL of the tenant's. */
export interface HttpTarget {
  readonly type: 'http';
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is; null for none. */
  readonly body: string | null;
}

/** Records from sources through transforms into sinks. */
export interface FlowTarget {
  readonly type: 'flow';
  readonly flow: Flow;
}

export type Target = ScriptTarget | HttpTarget | FlowTarget;
/** What one worker executes from beginning to end. A flow is done in slices, by any number of them. */
export type ExecutableTarget = Exclude<Target, FlowTarget>;

export interface RetryPolicy {
  /** Attempts in all, 1–20; 1 means no retry. */
  readonly attempts: number;
  readonly backoff: 'exponential' | 'fixed';
  /** Seconds before the second attempt; doubled for each further one when exponential. */
  readonly delaySeconds: number;
  /** Upper bound of one delay, in seconds. */
  readonly maxDelaySeconds: number;
}

/** A definition: what to run, when, under which policies. */
export interface Job {
  readonly tenant: TenantId;
  readonly id: string;
  /** Random, made at creation: a job deleted and defined again is another one, with a history of its own. */
  readonly incarnation: string;
  /** Raised by every change; what the registrar compares with its registration. */
  readonly version: number;
  readonly name: string;
  readonly description: string | null;
  /** A schedule expression (`domain/schedule`), or null for a job that runs on demand only. */
  readonly schedule: string | null;
  /** IANA name. */
  readonly timezone: string;
  readonly startAt: string | null;
  readonly endAt: string | null;
  /** Each tick is delayed by 0..jitterSeconds, always the same for one job. */
  readonly jitterSeconds: number;
  readonly target: Target;
  /** Milliseconds a run may take, 1,000–840,000; of a flow up to 30 days, and null for as long as it takes. */
  readonly timeoutMs: number | null;
  readonly overlapPolicy: OverlapPolicy;
  readonly retry: RetryPolicy;
  /** Seconds from its tick after which a run that has not started is late; 0: nobody minds. */
  readonly startGraceSeconds: number;
  /** Seconds from its start after which a run that has not ended is late; 0: nobody minds. */
  readonly finishGraceSeconds: number;
  readonly integrationId: string | null;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly onFailure: string | null;
  readonly onSuccess: string | null;
  readonly onLate: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What EventBridge Scheduler (or its local counterpart) said to a job's schedule. */
export interface Registration {
  readonly jobId: string;
  readonly incarnation: string;
  /** Version of the job that this registration reflects. */
  readonly version: number;
  /** `none`: nothing to register (no schedule, or disabled). */
  readonly status: 'registered' | 'none' | 'failed';
  /** What is registered, in a form that only differs when a schedule would: expressions, timezone, dates. */
  readonly content: string;
  /** Why AWS refused, in words; null unless failed. */
  readonly error: string | null;
  readonly updatedAt: string;
}
