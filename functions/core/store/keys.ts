import type { UpstreamEnd } from '../domain/after.ts';
import type { BackfillRef } from '../domain/backfill.ts';
import type { Counter } from '../domain/counters.ts';
import type { Job } from '../domain/job.ts';
import type { NotificationKind } from '../domain/notification/kind.ts';
import type { Run, RunRef, RunState } from '../domain/run.ts';
import type { RunClass } from '../domain/run-class.ts';
import type { StatePlace } from '../domain/script-state.ts';
import type { TenantId } from '../domain/tenant.ts';

/**
 * A primary key. This module is the only code that builds or parses keys.
 *
 * Each partition key starts with the tenant, so that `dynamodb:LeadingKeys` can limit a role to `t` and `t#*`.
 */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Partition of data that belongs to no tenant. Tenant ids cannot contain a dot. */
const PLATFORM = '.platform';

export const jobKey = (tenant: TenantId, jobId: string): Key => ({ pk: tenant, sk: `DEF#${jobId}` });
export const registrationKey = (tenant: TenantId, jobId: string): Key => ({ pk: tenant, sk: `REG#${jobId}` });
/** A request to reconcile the job's registration. Sorts beside the registrations, so that one query lists both. */
export const reconcileRequestKey = (tenant: TenantId, jobId: string): Key => ({ pk: tenant, sk: `REGREQ#${jobId}` });
export const stateKey = (tenant: TenantId, jobId: string): Key => ({ pk: tenant, sk: `STATE#${jobId}` });
/** An incarnation of a deleted job whose history has not been removed yet. */
export const deletedJobKey = (tenant: TenantId, jobId: string, incarnation: string): Key => ({
  pk: tenant,
  sk: `GONE#${jobId}#${incarnation}`,
});
export const CALENDAR_PREFIX = 'CAL#';
/** A calendar of the tenant, by name. */
export const calendarKey = (tenant: TenantId, name: string): Key => ({ pk: tenant, sk: CALENDAR_PREFIX + name });
/** The number of calendars that were created. Changes notice concurrent ones. */
export const calendarsVersionKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'CALENDARS-VERSION' });
export const SCRIPT_STATE_PREFIX = 'KV#';
/** Prefix of the values of a namespace. The name of a namespace has no `#`. */
export const scriptStatePrefix = (namespace: string): string => `${SCRIPT_STATE_PREFIX}${namespace}#`;
/** A value in the state of the tenant. */
export const scriptStateKey = (tenant: TenantId, { namespace, key }: StatePlace): Key => ({
  pk: tenant,
  sk: scriptStatePrefix(namespace) + key,
});
/** Parses the sort key of a value. */
export function parseStateKey(sk: string): StatePlace {
  const [namespace = '', ...parts] = sk.slice(SCRIPT_STATE_PREFIX.length).split('#');
  return { namespace, key: parts.join('#') };
}
/** The number of values in the state of the tenant. */
export const scriptStateCountKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'KV-COUNT' });
/** The last character in the order of UTF-8: a prefix with this character is behind all keys with the prefix. */
export const AFTER_EVERY_CHARACTER = '\u{10ffff}';

/** Sorts after every other character of a sort key. */
export const LAST_CHARACTER = '~';
/** Attribute that marks a deferred request to reconcile. The registrar's event source filter drops such changes. */
export const DEFERRED_MARK = 'deferred';
/** Attribute of a staged batch, or of its key; the name is that of earlier releases. */
export const STAGED_ATTRIBUTE = 'hand';
/** Attribute of a tombstone's time; the name is that of earlier releases. */
export const TOMBSTONE_ATTRIBUTE = 'fencedAt';

const FOLLOWER_PREFIX = 'AFTER#';
/** Prefix of the jobs that start after runs of a job. */
export const followersPrefix = (jobId: string): string => `${FOLLOWER_PREFIX}${jobId}#`;
/** A job that starts after runs of the job `upstream`. */
export const followerKey = (tenant: TenantId, upstream: string, jobId: string): Key => ({
  pk: tenant,
  sk: followersPrefix(upstream) + jobId,
});
/** The version of all dependencies between the tenant's jobs. */
export const dependenciesKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'AFTER-VERSION' });

export const JOB_PREFIXES = {
  job: 'DEF#',
  registration: 'REG#',
  reconcileRequest: 'REGREQ#',
  state: 'STATE#',
  deleted: 'GONE#',
} as const;
/** Prefix of registrations and of requests to reconcile. */
export const REGISTRATION_ROWS_PREFIX = 'REG';

export const limitsKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'LIMITS' });
/** The number of the tenant's jobs. */
export const jobCountKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'JOBS' });
/** The tenant's token bucket of requests. */
export const requestRateKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'RATE' });
export const idempotencyKey = (tenant: TenantId, hash: string): Key => ({ pk: tenant, sk: `IDEM#${hash}` });
export const API_KEY_PREFIX = 'KEY#';
export const apiKeyKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: API_KEY_PREFIX + id });
/** The number of the tenant's API keys. */
export const apiKeyCountKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'KEYS' });
export const HOOK_PREFIX = 'HOOK#';
/** An inbound webhook. */
export const hookKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: HOOK_PREFIX + id });
export const HOOK_NAME_PREFIX = 'HOOK-NAME#';
/** The id of the hook that has a name. */
export const hookNameKey = (tenant: TenantId, name: string): Key => ({ pk: tenant, sk: HOOK_NAME_PREFIX + name });
/** The number of the tenant's hooks. */
export const hookCountKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'HOOKS' });
/** The token bucket of requests to a hook. */
export const hookRateKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: `RATE#HOOK#${id}` });
/** The secret that signs the tenant's cursors. */
export const cursorSecretKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'CURSOR' });
export const SECRET_PREFIX = 'SECRET#';
/** A secret, encrypted. */
export const secretKey = (tenant: TenantId, name: string): Key => ({ pk: tenant, sk: SECRET_PREFIX + name });
/** Returns the name of the secret with this sort key. */
export const parseSecretName = (sk: string): string => sk.slice(SECRET_PREFIX.length);
/** The number of the tenant's secrets. */
export const secretCountKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'SECRETS' });
/** The secrets that sign the tenant's outgoing requests, encrypted. */
export const signingSecretKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'SIGNING-SECRET' });
export const tenantKey = (tenant: TenantId): Key => ({ pk: PLATFORM, sk: `TENANT#${tenant}` });
export const PLATFORM_PARTITION = PLATFORM;
/** Partition of the encrypted MAC keys of API keys. No tenant has this name. */
export const MAC_KEYS_PARTITION = '.mac-keys';
export const macKeyKey = (generation: number): Key => ({ pk: MAC_KEYS_PARTITION, sk: `MACKEY#${generation}` });
/** The current rebuild of the tenant's counters. */
export const rebuildKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'REBUILD' });
/** The default notification destinations of the tenant's jobs. */
export const notificationDefaultsKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'NOTIFY' });
export const DELIVERY_PREFIX = 'NOTE#';
/** A notification message by ULID, ordered by creation time. */
export const deliveryKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: DELIVERY_PREFIX + id });
export const FAILED_DELIVERY_PREFIX = 'NOTE-FAILED#';
/** An entry in the list of failed deliveries. */
export const failedDeliveryKey = (tenant: TenantId, id: string): Key => ({
  pk: tenant,
  sk: FAILED_DELIVERY_PREFIX + id,
});
export const PENDING_DELIVERY_PREFIX = 'NOTE-PENDING#';
/** An entry in the list of pending deliveries, ordered by the time of the next check. */
export const pendingDeliveryKey = (tenant: TenantId, wakeAt: string, id: string): Key => ({
  pk: tenant,
  sk: `${PENDING_DELIVERY_PREFIX}${wakeAt}#${id}`,
});
/** The end of the keys of a notification: the kind of the event, and the rule that reports it unless its job does. */
const eventSuffix = ({ kind, rule }: NotifiedEvent): string => (rule === null ? kind : `${kind}#${rule}`);

/** An event as a job or a rule reports it. */
export interface NotifiedEvent {
  readonly kind: NotificationKind;
  /** Name of the rule; null for the destination of the job. */
  readonly rule: string | null;
}

/** The newest message of a job and event, to which further notices may be added. */
export const notificationGroupKey = (job: JobRef, event: NotifiedEvent): Key => ({
  pk: job.tenant,
  sk: `NOTE-SLOT#${job.jobId}#${job.incarnation}#${eventSuffix(event)}`,
});
/**
 * The mark of a run's event that belongs to a message: each event is notified once, even if it is delivered repeatedly.
 */
export const notifiedKey = (run: RunRef, event: NotifiedEvent): Key => ({
  pk: run.tenant,
  sk: `NOTE-RUN#${run.jobId}#${run.incarnation}#${run.ulid}#${eventSuffix(event)}`,
});
/** The circuit breaker of a receiver of notifications. */
export const circuitKey = (tenant: TenantId, receiver: string): Key => ({ pk: tenant, sk: `CIRCUIT#${receiver}` });
/** The newest events of a job's alert in a service. */
export const alertKey = ({ tenant, jobId, incarnation }: JobRef, secret: string): Key => ({
  pk: tenant,
  sk: `ALERT#${jobId}#${incarnation}#${secret}`,
});
/** The lock on a rotation of the tenant's signing secret. */
export const rotationKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'ROTATION' });
export const DEAD_LETTER_PREFIX = 'DEAD#';
/** A dead letter by ULID, ordered by send time. */
export const deadLetterKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: DEAD_LETTER_PREFIX + id });
export const AUDIT_PREFIX = 'AUDIT#';
/** A record of the audit trail by ULID. */
export const auditRecordKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: AUDIT_PREFIX + id });
/** The progress of the counter reconciliation. */
export const reconciliationKey: Key = { pk: PLATFORM, sk: 'AUDIT' };
/** The progress of the sweeper's pass over all tenants. */
export const sweepPassKey: Key = { pk: PLATFORM, sk: 'SWEEP' };
export const TENANT_PREFIX = 'TENANT#';
export const DELETION_PREFIX = 'DELETION#';
/** The platform's record of a deleted tenant. Besides the tombstone it is all that remains of the tenant. */
export const deletionKey = (tenant: TenantId): Key => ({ pk: PLATFORM, sk: DELETION_PREFIX + tenant });
/** The platform's record of a running import of a tenant. */
export const importKey = (tenant: TenantId): Key => ({ pk: PLATFORM, sk: `IMPORT#${tenant}` });
/** Returns the prefix of all partitions of a tenant except the one named like the tenant. */
export const tenantPartitionPrefix = (tenant: TenantId): string => `${tenant}#`;

export type JobRef = Omit<RunRef, 'ulid'>;

export const jobRefOf = ({ tenant, id: jobId, incarnation }: Pick<Job, 'tenant' | 'id' | 'incarnation'>): JobRef => ({
  tenant,
  jobId,
  incarnation,
});

export const runPartition = (job: JobRef): string => `${job.tenant}#${job.jobId}#${job.incarnation}`;
export const runKey = (ref: RunRef): Key => ({ pk: runPartition(ref), sk: `R#${ref.ulid}` });
/** Former definitions of a job. No ULID equals `VERSIONS`. */
export const formerJobsPartition = (job: JobRef): string => `${runPartition(job)}#VERSIONS`;
export const formerJobKey = (job: JobRef, place: number): Key => ({
  pk: formerJobsPartition(job),
  sk: `V#${String(place).padStart(3, '0')}`,
});
/** Partition of the cursors of a flow's delta sources. */
export const flowCursorsPartition = (job: JobRef): string => `${runPartition(job)}#CURSORS`;
export const FLOW_CURSOR_PREFIX = 'CURSOR#';
/** @param source id of the source */
export const flowCursorKey = (job: JobRef, source: string): Key => ({
  pk: flowCursorsPartition(job),
  sk: FLOW_CURSOR_PREFIX + source,
});
export const skippedKey = (ref: RunRef): Key => ({ pk: runPartition(ref), sk: `S#${ref.ulid}` });
export const RUN_PREFIXES = { run: 'R#', skipped: 'S#' } as const;
/** Prefix of the marker rows that a rebuild writes among a job's runs for the aggregator. */
export const REBUILD_MARKER_PREFIX = 'FENCE#';
export const rebuildMarkerKey = (job: JobRef, generation: number): Key => ({
  pk: runPartition(job),
  sk: REBUILD_MARKER_PREFIX + generation,
});
/**
 * Attribute that marks a change by a rebuild of the counters. Only the counters process it; the run itself is
 * unchanged.
 */
export const TOUCH_MARK = 'touched';
/** Attribute that marks a heartbeat. Event source filters drop such changes of a run's row. */
export const HEARTBEAT_MARK = 'beat';

/** The key of an export or import step of a flow run. The row is separate from the run's, but in the same indexes. */
export interface ChildRef {
  readonly run: RunRef;
  readonly kind: ChildKind;
  /** Id of the source or sink. */
  readonly operator: string;
}
export type ChildKind = 'export' | 'import';
const CHILD_KINDS: Readonly<Record<ChildKind, string>> = { export: 'E', import: 'I' };

export const childrenPartition = (run: RunRef): string => `${runPartition(run)}#${run.ulid}`;
export const childKey = ({ run, kind, operator }: ChildRef): Key => ({
  pk: childrenPartition(run),
  sk: `${CHILD_KINDS[kind]}#${operator}`,
});

/**
 * Returns the partition key of the `byTenant` index, stored as `tenant`. Flow runs and steps have a partition of their
 * own, so that lists of flows need not scan the tenant's script runs, which may be a thousand times as many.
 */
export const listPartition = (tenant: TenantId, of: 'flows' | 'others'): string =>
  of === 'flows' ? `${tenant}#flow` : tenant;
/** Returns the tenant of a partition of the `byTenant` index. */
export const tenantOfPartition = (partition: unknown): unknown =>
  typeof partition === 'string' ? partition.replace(/#flow$/, '') : partition;

/** The kind of a row in the indexes, part of the key so that lists of flows need not read the row. */
export type CreatedKind = 'run' | 'flow' | ChildKind;
const CREATED_KINDS: Readonly<Record<string, CreatedKind>> = { F: 'flow', E: 'export', I: 'import' };

/** Returns the sort key of both indexes: creation time, then the row's key and kind. */
export const createdKey = (createdAt: string, ref: RunRef, isFlow = false): string =>
  `${createdAt}#${ref.jobId}#${ref.incarnation}#${ref.ulid}${isFlow ? '#F' : ''}`;
export const childCreatedKey = (createdAt: string, { run, kind, operator }: ChildRef): string =>
  `${createdKey(createdAt, run)}#${CHILD_KINDS[kind]}#${operator}`;

export interface CreatedEntry {
  readonly createdAt: string;
  readonly kind: CreatedKind;
  /** The run, or the run of a step. */
  readonly ref: RunRef;
  /** Steps only: id of the source or sink. */
  readonly operator?: string;
}

export function parseCreatedKey(tenant: TenantId, key: string): CreatedEntry {
  const [createdAt = '', jobId = '', incarnation = '', ulid = '', kind = '', operator] = key.split('#');
  const ref = { tenant, jobId, incarnation, ulid };
  return { createdAt, ref, kind: CREATED_KINDS[kind] ?? 'run', ...(operator !== undefined && { operator }) };
}

/** Returns the partition key of the `active` index. */
export const activeKey = (tenant: TenantId, runClass: RunClass): string => `${tenant}#${runClass}`;
/** Returns the partition key of export and import steps in the `active` index. */
export const activeChildKey = (tenant: TenantId, state: RunState): string => `${tenant}#child#${state}`;

const STREAMS = { stdout: 'OUT', stderr: 'ERR' } as const;
export type OutputStream = keyof typeof STREAMS;

export const recordsPartition = (ref: RunRef): string => `${runPartition(ref)}#${ref.ulid}`;
/**
 * Returns the prefix of one attempt's output stream. Separate attempts keep a zombie worker's output apart from its
 * successor's.
 */
export const outputPrefix = (stream: OutputStream, attempt: number): string =>
  `LOG#${STREAMS[stream]}#${String(attempt).padStart(2, '0')}#`;
/** A part of a run's output; parts sort in order. */
export const outputKey = (ref: RunRef, stream: OutputStream, attempt: number, part: number): Key => ({
  pk: recordsPartition(ref),
  sk: outputPrefix(stream, attempt) + String(part).padStart(4, '0'),
});

/**
 * Returns the prefix of the output that a running attempt has written so far. Each claim has an attempt number of its
 * own, so output of a zombie worker for a former attempt is never read.
 */
export const liveOutputPrefix = (stream: OutputStream, attempt: number): string =>
  `LIVE#${STREAMS[stream]}#${padNumber(attempt, 2)}#`;
/** The text of a stream from character `offset`; texts sort in order. */
export const liveOutputKey = (ref: RunRef, stream: OutputStream, attempt: number, offset: number): Key => ({
  pk: recordsPartition(ref),
  sk: liveOutputPrefix(stream, attempt) + padNumber(offset, 7),
});

/** Partition of the ends of upstream runs with a chain key, which a job with several upstream jobs waits for. */
export const upstreamEndsPartition = (job: JobRef, chainKey: string): string =>
  `${runPartition(job)}#AFTER#${chainKey}`;
/** The end of the run of an upstream job that satisfies `on`. */
export const upstreamEndKey = (job: JobRef, chainKey: string, upstream: string, on: UpstreamEnd): Key => ({
  pk: upstreamEndsPartition(job, chainKey),
  sk: `${upstream}#${on}`,
});
/** The end after which a job starts that waits for any of several upstream jobs. Keys of the other ends contain `#`. */
export const firstEndKey = (job: JobRef, chainKey: string): Key => ({
  pk: upstreamEndsPartition(job, chainKey),
  sk: 'FIRST',
});

/** Partition of the runs of a chain, except the first. `root` is the public id of the first. Ids of runs have no `#`. */
export const chainPartition = (tenant: TenantId, root: string): string => `${tenant}#CHAIN#${root}`;
/** A run of a chain; runs sort by their distance from the first one. */
export const chainedRunKey = (tenant: TenantId, root: string, depth: number, parent: string, runId: string): Key => ({
  pk: chainPartition(tenant, root),
  sk: `${childrenPrefix(depth, parent)}${runId}`,
});
/** Prefix of the runs of a chain that one run started. `depth` is their distance from the first run. */
export const childrenPrefix = (depth: number, parent: string): string => `${padNumber(depth, 4)}#${parent}#`;

/** Partition of the tenant's ends of runs whose followers have not been started. */
export const openEndsPartition = (tenant: TenantId): string => `${tenant}#OPEN-ENDS`;
export const OPEN_END_PREFIX = 'OPEN-END#';
/** The end of a run after which others start. */
export const openEndKey = (tenant: TenantId, runId: string): Key => ({
  pk: openEndsPartition(tenant),
  sk: OPEN_END_PREFIX + runId,
});

/** The input of a run, unless it is small enough for the run's row. */
export const inputKey = (ref: RunRef): Key => ({ pk: recordsPartition(ref), sk: INPUT_ROW });
const INPUT_ROW = 'INPUT';

export const ATTEMPT_PREFIX = 'TRY#';
/** A failed attempt of a run that was followed by a retry. */
export const attemptKey = (ref: RunRef, attempt: number): Key => ({
  pk: recordsPartition(ref),
  sk: ATTEMPT_PREFIX + padNumber(attempt, 2),
});

const padNumber = (value: number, digits: number): string => String(value).padStart(digits, '0');

export const TASK_PREFIX = 'TASK#';
export const taskKey = (ref: RunRef, task: number): Key => ({
  pk: recordsPartition(ref),
  sk: TASK_PREFIX + padNumber(task, 2),
});

export const HOST_RATE_PREFIX = 'HOST#';
/** The token bucket of requests that the tenant's flows send to a host. */
export const hostRateKey = (tenant: TenantId, host: string): Key => ({
  pk: `${tenant}#HOSTS`,
  sk: HOST_RATE_PREFIX + host,
});
export const OPERATOR_RATE_PREFIX = 'OPERATOR#';
/** The token bucket of requests that an operator of a flow sends. */
export const operatorRateKey = ({ tenant, jobId, incarnation }: JobRef, operator: string): Key => ({
  pk: `${tenant}#HOSTS`,
  sk: `${OPERATOR_RATE_PREFIX}${jobId}#${incarnation}#${operator}`,
});
/** Partition of the tenant's task slots and waiting tasks. Partitions of runs have more parts. */
export const taskSlotsPartition = (tenant: TenantId): string => `${tenant}#TASKS`;
export const TASK_SLOT_PREFIX = 'SLOT#';
export const taskSlotKey = (tenant: TenantId, number: number): Key => ({
  pk: taskSlotsPartition(tenant),
  sk: TASK_SLOT_PREFIX + padNumber(number, 4),
});
export const WAITING_TASK_PREFIX = 'WAITING#';
/** A task that waits for a slot, ordered by the time since which it waits. */
export const waitingTaskKey = (tenant: TenantId, since: string, holder: string): Key => ({
  pk: taskSlotsPartition(tenant),
  sk: `${WAITING_TASK_PREFIX}${since}#${holder}`,
});

export const CONCURRENCY_KEYS_PREFIX = 'KEY#';
/** Partition of the concurrency keys of the tenant's runs. Partitions of runs have more parts. */
export const concurrencyKeysPartition = (tenant: TenantId): string => `${tenant}#KEYS`;
/** Prefix of the rows of a key value: the runs that hold its slots, then those that wait. */
export const concurrencyKeyPrefix = (key: string): string => `${CONCURRENCY_KEYS_PREFIX}${key}#`;
/** The runs that hold the slots of a key value. */
export const slotHoldersKey = (tenant: TenantId, key: string): Key => ({
  pk: concurrencyKeysPartition(tenant),
  sk: `${concurrencyKeyPrefix(key)}SLOTS`,
});
/** Place in a line of the runs of backfills: behind all priorities, so that they do not hold up the schedule. */
const PLACE_OF_BACKFILLS = 9;
/**
 * A run that waits for a slot of its key value: the most urgent first, the oldest of a priority first, and the runs of
 * backfills at last.
 */
export const waitingForKeyKey = (
  key: string,
  { createdAt, priority, backfill, ...ref }: RunRef & Pick<Run, 'createdAt' | 'priority' | 'backfill'>,
): Key => {
  const place = backfill === null ? priority : /* guard: key.line.backfill */ PLACE_OF_BACKFILLS;
  return {
    pk: concurrencyKeysPartition(ref.tenant),
    sk: `${concurrencyKeyPrefix(key)}WAITING#${place}#${createdKey(createdAt, ref)}`,
  };
};
/** Parses the sort key of a row in the partition of concurrency keys. `ref`: the run that waits, unless it is the row of the slots. */
export function parseConcurrencyKey(tenant: TenantId, sk: string): { readonly key: string; readonly ref?: RunRef } {
  const [, key = '', kind, , ...created] = sk.split('#');
  return kind === 'WAITING' ? { key, ref: parseCreatedKey(tenant, created.join('#')).ref } : { key };
}

const THROTTLE_PREFIX = 'THROTTLE#';
/** The starts of runs with a key value. */
export const throttleKey = (tenant: TenantId, key: string): Key => ({
  pk: `${tenant}#THROTTLES`,
  sk: THROTTLE_PREFIX + key,
});

/** Partition of the tenant's backfills. Partitions of runs have more parts. */
export const backfillsPartition = (tenant: TenantId): string => `${tenant}#BACKFILLS`;
export const BACKFILL_PREFIX = 'BACKFILL#';
export const OPEN_BACKFILL_PREFIX = 'BACKFILL-OPEN#';
const BACKFILL_TICKS_PREFIX = 'BACKFILL-TICKS#';
/** Returns the prefix of the backfills of a job, ordered by id. */
export const backfillsOfJob = ({ jobId, incarnation }: Omit<JobRef, 'tenant'>): string => `${jobId}#${incarnation}#`;
const backfillName = (ref: BackfillRef): string => backfillsOfJob(ref) + ref.id;
export const backfillKey = (ref: BackfillRef): Key => ({
  pk: backfillsPartition(ref.tenant),
  sk: BACKFILL_PREFIX + backfillName(ref),
});
/** An entry in the list of backfills that are not over. */
export const openBackfillKey = (ref: BackfillRef): Key => ({
  pk: backfillsPartition(ref.tenant),
  sk: OPEN_BACKFILL_PREFIX + backfillName(ref),
});
/** The number of backfills that requests have created. Changes notice concurrent ones. */
export const backfillsVersionKey = (tenant: TenantId): Key => ({
  pk: backfillsPartition(tenant),
  sk: 'BACKFILLS-VERSION',
});
/** The ticks of a backfill that is not over. */
export const backfillTicksKey = (ref: BackfillRef): Key => ({
  pk: backfillsPartition(ref.tenant),
  sk: BACKFILL_TICKS_PREFIX + backfillName(ref),
});
/** The input of a backfill, unless it is small enough for the backfill's row. */
export const backfillInputKey = (ref: BackfillRef): Key => inputKey({ ...ref, ulid: ref.id });

/** The position of a record in a flow run: its operator, split, page and index. */
export interface RecordPlace {
  readonly operator: string;
  readonly split: number;
  readonly page: number;
  readonly index: number;
}
export const recordErrorPrefix = (operator?: string): string => (operator === undefined ? 'ERR#' : `ERR#${operator}#`);
/** A failed record. A repeated page writes the same items. */
export const recordErrorKey = (ref: RunRef, { operator, split, page, index }: RecordPlace): Key => ({
  pk: recordsPartition(ref),
  sk: `${recordErrorPrefix(operator)}${padNumber(split, 5)}#${padNumber(page, 9)}#${padNumber(index, 5)}`,
});

/** Partition of the list of a flow's runs that have failed records. No ULID equals `ERRORS`. */
export const runsWithErrorsPartition = (job: JobRef): string => `${runPartition(job)}#ERRORS`;
export const RUN_WITH_ERRORS_PREFIX = 'RUN-ERR#';
/** An entry in the list of a flow's runs that have failed records. */
export const runWithErrorsKey = (ref: RunRef): Key => ({
  pk: runsWithErrorsPartition(ref),
  sk: RUN_WITH_ERRORS_PREFIX + ref.ulid,
});

export const CHECKPOINT_PREFIX = 'CHK#';
export const checkpointKey = (ref: RunRef, epoch: number): Key => ({
  pk: recordsPartition(ref),
  sk: CHECKPOINT_PREFIX + padNumber(epoch, 9),
});
export const LATENCY_PREFIX = 'LAT#';
/** Latencies measured by one task, by operator. */
export const latencyKey = (ref: RunRef, task: number): Key => ({
  pk: recordsPartition(ref),
  sk: LATENCY_PREFIX + padNumber(task, 2),
});
export const FLOW_LOG_PREFIX = 'EVT#';
/** A log line of a flow run, ordered by time and writer. */
export const flowLogKey = (ref: RunRef, time: number, task: number | null, line: number): Key => ({
  pk: recordsPartition(ref),
  sk: `${FLOW_LOG_PREFIX}${flowLogTime(time)}#${task === null ? 'PLAN' : padNumber(task, 2)}#${padNumber(line, 5)}`,
});
export const flowLogTime = (time: number): string => padNumber(time, 15);

export const previewPrefix = (operator?: string): string => (operator === undefined ? 'OUT#' : `OUT#${operator}#`);
/** The records of one page in a preview. */
export const previewKey = (ref: RunRef, { operator, split, page }: Omit<RecordPlace, 'index'>): Key => ({
  pk: recordsPartition(ref),
  sk: `${previewPrefix(operator)}${padNumber(split, 5)}#${padNumber(page, 9)}`,
});

/** The deduplication entry of a queue message that the job's runs have received. */
export const seenMessageKey = (job: JobRef, queue: string, messageId: string): Key => ({
  pk: runPartition(job),
  sk: `SEEN#${queue}#${messageId}`,
});

/** An item of a collection. */
export const collectionKey = (tenant: TenantId, collection: string, key: string): Key => ({
  pk: `${tenant}#${collection}`,
  sk: key,
});

/**
 * Prefixes of keys in the platform's bucket. The tenant is the second part, so that policies can limit a role to it.
 */
export const tenantFolder = (tenant: TenantId): string => `data/${tenant}/`;
export const tenantRunsFolder = (tenant: TenantId): string => `runs/${tenant}/`;
export const runFolder = (ref: RunRef): string => `runs/${ref.tenant}/${ref.jobId}/${ref.incarnation}/${ref.ulid}/`;
/** The lists of the objects that sources of a flow have read. No ULID equals `objects`. */
export const readObjectsFolder = ({ tenant, jobId, incarnation }: JobRef): string =>
  `runs/${tenant}/${jobId}/${incarnation}/objects/`;
/** @param list name of a list; empty for the folder of the source */
export const readObjectsKey = (job: JobRef, source: string, list: string): string =>
  `${readObjectsFolder(job)}${source}/${list}`;
/** The plan of one attempt. Separate attempts keep the plan of a lost planner apart from its successor's. */
export const planObjectKey = (ref: RunRef, attempt: number): string => `${runFolder(ref)}plan-${attempt}.json`;
/** Number of the objects of a source that were moved or tagged at the end of a run. */
export const finishedObjectsKey = (ref: RunRef, source: string): string => `${runFolder(ref)}finished/${source}.json`;
export const checkpointObjectKey = (ref: RunRef, epoch: number): string =>
  `${runFolder(ref)}checkpoints/epoch_${epoch}.json`;
export const stagedFolder = (ref: RunRef): string => `${runFolder(ref)}${STAGED_ATTRIBUTE}/`;
/** Records staged by one slice. Separate slices keep the records of a lost worker apart from its successor's. */
export const stagedObjectKey = (ref: RunRef, split: number, page: number, slice: number): string =>
  `${stagedFolder(ref)}${split}-${page}-${slice}.json`;

/** Records that sinks made of responses, up to the end of one slice. */
export const mappedObjectKey = (ref: RunRef, split: number, page: number, slice: number): string =>
  `${runFolder(ref)}mapped/${split}-${page}-${slice}.json`;

const COUNTERS = {
  tenant: 'TENANT',
  job: 'JOB#',
  integration: 'INT#',
  minute: 'MIN#',
  day: 'DAY#',
  platform: 'PLATFORM',
} as const;

/** A counter item. The incarnation is part of the key: a job defined again counts from 0. */
export function counterKey(tenant: TenantId, counter: Counter): Key {
  return { pk: counter.kind === 'platform' ? PLATFORM : tenant, sk: counterName(counter) };
}

/** Parses the sort key of a job's or an integration's counter. */
export function parseCounterName(sk: string): Extract<Counter, { kind: 'job' | 'integration' }> | undefined {
  if (sk.startsWith(COUNTERS.integration)) {
    return { kind: 'integration', integrationId: sk.slice(COUNTERS.integration.length) };
  }
  if (!sk.startsWith(COUNTERS.job)) return undefined;
  const [jobId = '', incarnation = ''] = sk.slice(COUNTERS.job.length).split('#');
  return { kind: 'job', jobId, incarnation };
}

export const COUNTER_PREFIXES = { job: COUNTERS.job, integration: COUNTERS.integration } as const;

function counterName(counter: Counter): string {
  switch (counter.kind) {
    case 'tenant':
    case 'platform':
      return COUNTERS[counter.kind];
    case 'job':
      return `${COUNTERS.job}${counter.jobId}#${counter.incarnation}`;
    case 'integration':
      return COUNTERS.integration + counter.integrationId;
    case 'minute':
      return COUNTERS.minute + counter.minute;
    case 'day':
      return COUNTERS.day + counter.day;
  }
}

/** Kinds of rows by prefix of the sort key; the first match counts. */
const ROW_KINDS = {
  jobs: {
    'DEF#': 'definition',
    'REG#': 'registration',
    'REGREQ#': 'reconcileRequest',
    'STATE#': 'state',
    [FOLLOWER_PREFIX]: 'follower',
    'AFTER-VERSION': 'followersVersion',
    'GONE#': 'deletedJob',
    [CALENDAR_PREFIX]: 'calendar',
    'CALENDARS-VERSION': 'calendarsVersion',
    [SCRIPT_STATE_PREFIX]: 'scriptState',
    'KV-COUNT': 'scriptStateCount',
  },
  runs: {
    'R#': 'run',
    'S#': 'skippedTick',
    'E#': 'exportStep',
    'I#': 'importStep',
    [REBUILD_MARKER_PREFIX]: 'rebuildMark',
  },
  records: {
    'LOG#': 'output',
    'LIVE#': 'liveOutput',
    'TRY#': 'attempt',
    [INPUT_ROW]: 'input',
    'TASK#': 'task',
    'ERR#': 'recordError',
    [RUN_WITH_ERRORS_PREFIX]: 'runWithErrors',
    'OUT#': 'preview',
    'CHK#': 'checkpoint',
    'LAT#': 'latencies',
    'EVT#': 'logLine',
    'SEEN#': 'seenMessage',
    'V#': 'formerDefinition',
    [FLOW_CURSOR_PREFIX]: 'flowCursor',
    [TASK_SLOT_PREFIX]: 'taskSlot',
    [WAITING_TASK_PREFIX]: 'waitingTask',
    [CONCURRENCY_KEYS_PREFIX]: 'concurrencyKey',
    [THROTTLE_PREFIX]: 'throttle',
    [HOST_RATE_PREFIX]: 'hostRate',
    [OPERATOR_RATE_PREFIX]: 'operatorRate',
    [BACKFILL_PREFIX]: 'backfill',
    [OPEN_BACKFILL_PREFIX]: 'openBackfill',
    'BACKFILLS-VERSION': 'backfillsVersion',
    [BACKFILL_TICKS_PREFIX]: 'backfillTicks',
    [OPEN_END_PREFIX]: 'openEnd',
  },
  access: {
    LIMITS: 'limits',
    JOBS: 'jobCount',
    KEYS: 'apiKeyCount',
    'KEY#': 'apiKey',
    HOOKS: 'hookCount',
    [HOOK_PREFIX]: 'hook',
    [HOOK_NAME_PREFIX]: 'hookName',
    SECRETS: 'secretCount',
    [SECRET_PREFIX]: 'secret',
    'SIGNING-SECRET': 'signingSecret',
    RATE: 'requestRate',
    CURSOR: 'cursorSecret',
    REBUILD: 'rebuild',
    ROTATION: 'rotation',
    'IDEM#': 'idempotencyKey',
    'AUDIT#': 'auditRecord',
    'DEAD#': 'deadLetter',
    NOTIFY: 'notificationDefaults',
    'NOTE#': 'delivery',
    'NOTE-FAILED#': 'failedDelivery',
    'NOTE-PENDING#': 'pendingDelivery',
    'NOTE-SLOT#': 'notificationSlot',
    'NOTE-RUN#': 'notedRun',
    'CIRCUIT#': 'circuit',
    'ALERT#': 'alert',
  },
  counters: {
    TENANT: 'tenantCounter',
    'JOB#': 'jobCounter',
    'INT#': 'integrationCounter',
    'MIN#': 'minuteCounter',
    'DAY#': 'dayCounter',
  },
  collections: { '': 'collectionItem' },
} as const;

type KindsOf<Table> = Table extends keyof typeof ROW_KINDS
  ? (typeof ROW_KINDS)[Table][keyof (typeof ROW_KINDS)[Table]]
  : never;
/** `unknown`: a row of another release. */
export type RowKind = KindsOf<keyof typeof ROW_KINDS> | (typeof PARTITION_KINDS)[number]['kind'] | 'unknown';

/**
 * Kinds of the rows of Records that the form of their partition determines. A job may be called `CHAIN` or `AFTER`, so the
 * place of the word counts.
 */
const PARTITION_KINDS = [
  { form: /^[^#]+#CHAIN#[^#]+$/, kind: 'chainedRun' },
  { form: /^[^#]+#[^#]+#[^#]+#AFTER#[^#]+$/, kind: 'upstreamEnd' },
] as const;

export function kindOfRow(table: keyof typeof ROW_KINDS, { pk, sk }: Key): RowKind {
  const chained = table === 'records' ? PARTITION_KINDS.find(({ form }) => form.test(pk)) : undefined;
  if (chained) return chained.kind;
  const found = Object.entries<RowKind>(ROW_KINDS[table]).find(([prefix]) => sk.startsWith(prefix));
  return found?.[1] ?? 'unknown';
}
