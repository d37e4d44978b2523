import type { After } from './after.ts';
import type { CatchUp } from './catch-up.ts';
import type { Flow } from './flow/flow.ts';
import type { Json } from './json.ts';
import type { Labels } from './labels.ts';
import type { Concurrency } from './run-keys.ts';
import type { Priority } from './run-priority.ts';
import type { ContainerTarget } from './targets/container-target.ts';
import type { EventTarget } from './targets/event-target.ts';
import type { LambdaTarget } from './targets/lambda-target.ts';
import type { QueueTarget } from './targets/queue-target.ts';
import type { StateMachineTarget } from './targets/state-machine-target.ts';
import type { TenantId } from './tenant.ts';
import type { Throttle } from './throttle.ts';

/** Policies for a run that is due while an earlier run of the job is active. */
export const OVERLAP_POLICIES = ['skip', 'queue', 'allow', 'replace'] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** A script of `functions/scripts/`, referenced by name or by a path that ends in its name. */
export interface ScriptTarget {
  readonly type: 'script';
  /** The reference as the tenant wrote it; `parseScriptName` extracts the name. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A request to a URL of the tenant. */
export interface HttpTarget {
  readonly type: 'http';
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  /** Body of the request, sent unchanged; null for none. */
  readonly body: string | null;
}

/** A flow of records from sources through transforms to sinks. */
export interface FlowTarget {
  readonly type: 'flow';
  readonly flow: Flow;
}

/** Types of jobs that name a declared target, in a field that has the name of the type. */
export const NAMED_TYPES = [
  'lambda',
  'event',
  'queue',
  'container',
  'stateMachine',
] as const satisfies readonly NamedTarget['type'][];

/** Types of jobs. */
export const JOB_TYPES = ['script', 'http', 'flow', ...NAMED_TYPES] as const;
export type JobType = (typeof JOB_TYPES)[number];

/** A target that another service executes, which may take days (`external-execution.ts`). */
export type ExternalTarget = ContainerTarget | StateMachineTarget;

/** A target that a worker calls for a run. */
export type CalledTarget = LambdaTarget | EventTarget | QueueTarget;

/** A resource of the team that the job names (`domain/targets`). */
export type NamedTarget = CalledTarget | ExternalTarget;

export type Target = ScriptTarget | HttpTarget | FlowTarget | NamedTarget;
/** A target that one worker executes from start to end. A flow is executed in slices by any number of workers. */
export type ExecutableTarget = Exclude<Target, FlowTarget | ExternalTarget>;

export interface RetryPolicy {
  /** Total number of attempts, 1–20; 1 means no retry. */
  readonly attempts: number;
  readonly backoff: 'exponential' | 'fixed';
  /** Delay before the second attempt in seconds; doubles for each further attempt if exponential. */
  readonly delaySeconds: number;
  /** Maximum delay, in seconds. */
  readonly maxDelaySeconds: number;
}

/** One of several schedules of a job. */
export interface JobSchedule {
  /** A schedule expression (`domain/schedule`). */
  readonly schedule: string;
  /** IANA name. */
  readonly timezone: string;
  /** Payload of the runs of this schedule; null for none. */
  readonly payload: Json | null;
}

/** A job definition: target, schedule and policies. */
export interface Job {
  readonly tenant: TenantId;
  readonly id: string;
  /**
   * Random id assigned at creation. A job that is deleted and defined again has a new incarnation and a separate
   * history.
   */
  readonly incarnation: string;
  /** Incremented by each change; the registrar compares it with its registration. */
  readonly version: number;
  readonly name: string;
  readonly description: string | null;
  /** A schedule expression (`domain/schedule`), the first of several; null for a job that only runs on demand. */
  readonly schedule: string | null;
  /** IANA name: the time zone of `schedule`. */
  readonly timezone: string;
  /** Several schedules, each with a time zone and a payload of its own; empty for a job that has at most `schedule`. */
  readonly schedules: readonly JobSchedule[];
  /** Names of calendars (`domain/calendar.ts`) on whose dates the schedule has no ticks. */
  readonly excludeCalendars: readonly string[];
  /** Names of calendars outside whose dates the schedule has no ticks. */
  readonly requireCalendars: readonly string[];
  readonly startAt: string | null;
  readonly endAt: string | null;
  /** Each tick is delayed by a fixed time per job between 0 and `jitterSeconds`. */
  readonly jitterSeconds: number;
  /** The treatment of missed ticks. */
  readonly catchUp: CatchUp;
  /** The upstream runs after which a run starts; null for none. Independent of the schedule. */
  readonly after: After | null;
  readonly target: Target;
  /** Maximum duration of a run in milliseconds: 1,000–840,000, for a flow up to 30 days or null for unlimited. */
  readonly timeoutMs: number | null;
  readonly overlapPolicy: OverlapPolicy;
  readonly retry: RetryPolicy;
  /** Priority of the job's runs among those of the tenant that wait for a slot. */
  readonly priority: Priority;
  /** Seconds after which a run that has not started is canceled: 1–2,592,000; null for none. */
  readonly expiresInSeconds: number | null;
  /** The limit of active runs with the same key value; null for none. */
  readonly concurrency: Concurrency | null;
  /** The limit of starts of runs with the same key value in an interval; null for none. */
  readonly throttle: Throttle | null;
  /** Seconds after its tick at which a run that has not started is late; 0 disables the check. */
  readonly startGraceSeconds: number;
  /** Seconds after its start at which a run that has not ended is late; 0 disables the check. */
  readonly finishGraceSeconds: number;
  readonly integrationId: string | null;
  readonly tags: readonly string[];
  readonly labels: Labels;
  /** Paths of fields of the payload by which the runs of the job are found, such as `customer.id`. */
  readonly searchable: readonly string[];
  readonly enabled: boolean;
  readonly onFailure: string | null;
  readonly onSuccess: string | null;
  readonly onLate: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The part of a definition that the sweeper reads. It omits the target and the payloads, which may take 32 KB. */
export type JobOutline = Pick<Job, (typeof OUTLINE_FIELDS)[number]>;

/** The fields of a {@link JobOutline}. */
export const OUTLINE_FIELDS = [
  'tenant',
  'id',
  'incarnation',
  'version',
  'schedule',
  'timezone',
  'schedules',
  'excludeCalendars',
  'requireCalendars',
  'startAt',
  'endAt',
  'jitterSeconds',
  'catchUp',
  'timeoutMs',
  'retry',
  'startGraceSeconds',
  'finishGraceSeconds',
  'enabled',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof Job)[];

/** The state of a job's registration with EventBridge Scheduler (or its local counterpart). */
export interface Registration {
  readonly jobId: string;
  readonly incarnation: string;
  /** Version of the job that this registration reflects. */
  readonly version: number;
  /** `none`: nothing to register (no schedule, or disabled). */
  readonly status: 'registered' | 'none' | 'failed';
  /**
   * Number of names of schedules (`scheduleNames`) that may be in use, which never decreases.
   *
   * @defaultValue `MIN_SCHEDULE_NAMES`
   */
  readonly names?: number | undefined;
  /** Fingerprint of the registered schedules: expressions, time zone and dates. That of no job while they are written. */
  readonly content: string;
  /** Error message of AWS if `status` is `failed`; otherwise null. */
  readonly error: string | null;
  readonly updatedAt: string;
}
