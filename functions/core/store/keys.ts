import type { Counter } from '../domain/counters.ts';
import type { NotificationKind } from '../domain/notification/delivery.ts';
import type { RunRef, RunState } from '../domain/run.ts';
import type { CountedState } from '../domain/run-counts.ts';
import type { TenantId } from '../domain/tenant.ts';

/**
 * Every key of every table, and the only code that builds or reads one (DESIGN 3).
 *
 * The tenant leads each partition key, so that a role can be fenced to `t` and `t#*` with `dynamodb:LeadingKeys`.
 */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Holds what belongs to no tenant. A dot cannot stand in a tenant's id. */
const PLATFORM = '.platform';

export const jobKey = (tenant: TenantId, jobId: string): Key => ({ pk: tenant, sk: `DEF#${jobId}` });
export const registrationKey = (tenant: TenantId, jobId: string): Key => ({ pk: tenant, sk: `REG#${jobId}` });
export const stateKey = (tenant: TenantId, jobId: string): Key => ({ pk: tenant, sk: `STATE#${jobId}` });
/** A deleted job's incarnation whose history is still to be removed. */
export const deletedJobKey = (tenant: TenantId, jobId: string, incarnation: string): Key => ({
  pk: tenant,
  sk: `GONE#${jobId}#${incarnation}`,
});
export const scriptStateKey = (tenant: TenantId, name: string): Key => ({ pk: tenant, sk: `KV#${name}` });

export const JOB_PREFIXES = { job: 'DEF#', registration: 'REG#', state: 'STATE#', deleted: 'GONE#' } as const;

export const limitsKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'LIMITS' });
/** How many jobs the tenant has. */
export const jobCountKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'JOBS' });
/** The tenant's bucket of requests. */
export const requestRateKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'RATE' });
export const idempotencyKey = (tenant: TenantId, hash: string): Key => ({ pk: tenant, sk: `IDEM#${hash}` });
export const API_KEY_PREFIX = 'KEY#';
export const apiKeyKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: API_KEY_PREFIX + id });
/** How many API keys the tenant has. */
export const apiKeyCountKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'KEYS' });
/** What the tenant's cursors are signed with. */
export const cursorSecretKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'CURSOR' });
export const tenantKey = (tenant: TenantId): Key => ({ pk: PLATFORM, sk: `TENANT#${tenant}` });
export const PLATFORM_PARTITION = PLATFORM;
/** A rebuild of the tenant's counters that is under way. */
export const rebuildKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'REBUILD' });
/** Where the tenant's jobs tell of their runs when they say nothing themselves. */
export const notificationDefaultsKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'NOTIFY' });
export const DELIVERY_PREFIX = 'NOTE#';
/** A message of the tenant's, by its ULID: they sort by when they were made. */
export const deliveryKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: DELIVERY_PREFIX + id });
export const FAILED_DELIVERY_PREFIX = 'NOTE-FAILED#';
/** Lists a delivery that was given up. */
export const failedDeliveryKey = (tenant: TenantId, id: string): Key => ({
  pk: tenant,
  sk: FAILED_DELIVERY_PREFIX + id,
});
export const PENDING_DELIVERY_PREFIX = 'NOTE-PENDING#';
/** Lists a delivery that is pending, by when it is to be looked at. */
export const pendingDeliveryKey = (tenant: TenantId, wakeAt: string, id: string): Key => ({
  pk: tenant,
  sk: `${PENDING_DELIVERY_PREFIX}${wakeAt}#${id}`,
});
/** The newest message of a job and kind, which gathers what follows it closely. */
export const notificationGroupKey = (job: JobRef, kind: NotificationKind): Key => ({
  pk: job.tenant,
  sk: `NOTE-SLOT#${job.jobId}#${job.incarnation}#${kind}`,
});
/** Marks that a run's end has its place in a message: it is told of once, however often it is heard of. */
export const notifiedKey = (run: RunRef, kind: NotificationKind): Key => ({
  pk: run.tenant,
  sk: `NOTE-RUN#${run.jobId}#${run.incarnation}#${run.ulid}#${kind}`,
});
/** The tenant's signing secret is being changed. */
export const rotationKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'ROTATION' });
export const DEAD_LETTER_PREFIX = 'DEAD#';
/** A message of the tenant's that was given up, by its ULID: they sort by when they were sent. */
export const deadLetterKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: DEAD_LETTER_PREFIX + id });
export const AUDIT_PREFIX = 'AUDIT#';
/** What somebody did through the API, by its ULID. */
export const auditRecordKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: AUDIT_PREFIX + id });
/** How far the audit of the counters has come. */
export const reconciliationKey: Key = { pk: PLATFORM, sk: 'AUDIT' };
export const TENANT_PREFIX = 'TENANT#';
export const DELETION_PREFIX = 'DELETION#';
/** That a tenant was deleted: the platform's own record, and all that is left of it beside its fence. */
export const deletionKey = (tenant: TenantId): Key => ({ pk: PLATFORM, sk: DELETION_PREFIX + tenant });
/** That a tenant is being put back from an export. */
export const importKey = (tenant: TenantId): Key => ({ pk: PLATFORM, sk: `IMPORT#${tenant}` });
/** What the partitions of a tenant begin with that are not its own id. */
export const tenantPartitionPrefix = (tenant: TenantId): string => `${tenant}#`;

export type JobRef = Omit<RunRef, 'ulid'>;

export const runPartition = (job: JobRef): string => `${job.tenant}#${job.jobId}#${job.incarnation}`;
export const runKey = (ref: RunRef): Key => ({ pk: runPartition(ref), sk: `R#${ref.ulid}` });
/** Former definitions of a job, whose records are no run's: no ULID is called so. */
export const formerJobsPartition = (job: JobRef): string => `${runPartition(job)}#VERSIONS`;
export const formerJobKey = (job: JobRef, place: number): Key => ({
  pk: formerJobsPartition(job),
  sk: `V#${String(place).padStart(3, '0')}`,
});
export const skippedKey = (ref: RunRef): Key => ({ pk: runPartition(ref), sk: `S#${ref.ulid}` });
export const RUN_PREFIXES = { run: 'R#', skipped: 'S#' } as const;
/** Among a job's runs, what a rebuild of the counters leaves to be seen by whoever counts them. */
export const REBUILD_MARKER_PREFIX = 'FENCE#';
export const rebuildMarkerKey = (job: JobRef, generation: number): Key => ({
  pk: runPartition(job),
  sk: REBUILD_MARKER_PREFIX + generation,
});
/** Attribute that marks a change by a rebuild of the counters: for the counters alone, nothing happened to the run. */
export const TOUCH_MARK = 'touched';
/** Attribute that marks a heartbeat: a change of a run's row that the event source filters keep from waking anybody. */
export const HEARTBEAT_MARK = 'beat';

/** An export or an import step of a flow run: its row is apart from its run's, and in the same indexes. */
export interface ChildRef {
  readonly run: RunRef;
  readonly kind: ChildKind;
  /** Id of the source or the sink. */
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
 * Partition key of the `byTenant` index, which is the rows' `tenant`. Flow runs and their steps have a partition of their
 * own: a list of them need not look through a tenant's scripts, which may be a thousand times as many.
 */
export const listPartition = (tenant: TenantId, of: 'flows' | 'others'): string =>
  of === 'flows' ? `${tenant}#flow` : tenant;
/** Whose row it is, from its partition of that index. */
export const tenantOfPartition = (partition: unknown): unknown =>
  typeof partition === 'string' ? partition.replace(/#flow$/, '') : partition;

/** What a row of the indexes is of: what a list of flows needs to know of it without reading it. */
export type CreatedKind = 'run' | 'flow' | ChildKind;
const CREATED_KINDS: Readonly<Record<string, CreatedKind>> = { F: 'flow', E: 'export', I: 'import' };

/** Sort key of both indexes: creation time first, then enough to find the row, and to know what it is. */
export const createdKey = (createdAt: string, ref: RunRef, isFlow = false): string =>
  `${createdAt}#${ref.jobId}#${ref.incarnation}#${ref.ulid}${isFlow ? '#F' : ''}`;
export const childCreatedKey = (createdAt: string, { run, kind, operator }: ChildRef): string =>
  `${createdKey(createdAt, run)}#${CHILD_KINDS[kind]}#${operator}`;

export interface CreatedEntry {
  readonly createdAt: string;
  readonly kind: CreatedKind;
  /** The run; of a child, the run it is a step of. */
  readonly ref: RunRef;
  /** Of a child: the id of its source or sink. */
  readonly operator?: string;
}

export function parseCreatedKey(tenant: TenantId, key: string): CreatedEntry {
  const [createdAt = '', jobId = '', incarnation = '', ulid = '', kind = '', operator] = key.split('#');
  const ref = { tenant, jobId, incarnation, ulid };
  return { createdAt, ref, kind: CREATED_KINDS[kind] ?? 'run', ...(operator !== undefined && { operator }) };
}

/** Partition key of the `active` index. Failures that were acknowledged are apart from those that were not. */
export const activeKey = (tenant: TenantId, state: CountedState): string => `${tenant}#${state}`;
/** The same of export and import steps. */
export const activeChildKey = (tenant: TenantId, state: RunState): string => `${tenant}#child#${state}`;

const STREAMS = { stdout: 'OUT', stderr: 'ERR' } as const;
export type OutputStream = keyof typeof STREAMS;

export const recordsPartition = (ref: RunRef): string => `${runPartition(ref)}#${ref.ulid}`;
/** Parts of one stream of one attempt; the attempt keeps a zombie's output apart from its successor's. */
export const outputPrefix = (stream: OutputStream, attempt: number): string =>
  `LOG#${STREAMS[stream]}#${String(attempt).padStart(2, '0')}#`;
/** One part of a run's output; parts sort in order. */
export const outputKey = (ref: RunRef, stream: OutputStream, attempt: number, part: number): Key => ({
  pk: recordsPartition(ref),
  sk: outputPrefix(stream, attempt) + String(part).padStart(4, '0'),
});

/**
 * What an attempt has written so far, kept while it runs and a little longer. The attempt is its fence: each claim has
 * one of its own, and nobody reads what a zombie writes for a former one.
 */
export const liveOutputPrefix = (stream: OutputStream, attempt: number): string =>
  `LIVE#${STREAMS[stream]}#${padNumber(attempt, 2)}#`;
/** The text of a stream from its character `offset` on; the texts sort in order. */
export const liveOutputKey = (ref: RunRef, stream: OutputStream, attempt: number, offset: number): Key => ({
  pk: recordsPartition(ref),
  sk: liveOutputPrefix(stream, attempt) + padNumber(offset, 7),
});

export const ATTEMPT_PREFIX = 'TRY#';
/** An attempt of a run that failed and was followed by a retry. */
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

/** Where in a flow run a record was: its operator, then the page it came in, and its place there. */
export interface RecordPlace {
  readonly operator: string;
  readonly split: number;
  readonly page: number;
  readonly index: number;
}
export const recordErrorPrefix = (operator?: string): string => (operator === undefined ? 'ERR#' : `ERR#${operator}#`);
/** A record that failed. The page made again writes the same items. */
export const recordErrorKey = (ref: RunRef, { operator, split, page, index }: RecordPlace): Key => ({
  pk: recordsPartition(ref),
  sk: `${recordErrorPrefix(operator)}${padNumber(split, 5)}#${padNumber(page, 9)}#${padNumber(index, 5)}`,
});

export const CHECKPOINT_PREFIX = 'CHK#';
export const checkpointKey = (ref: RunRef, epoch: number): Key => ({
  pk: recordsPartition(ref),
  sk: CHECKPOINT_PREFIX + padNumber(epoch, 9),
});
export const LATENCY_PREFIX = 'LAT#';
/** Latencies that one task measured, by operator. */
export const latencyKey = (ref: RunRef, task: number): Key => ({
  pk: recordsPartition(ref),
  sk: LATENCY_PREFIX + padNumber(task, 2),
});
export const FLOW_LOG_PREFIX = 'EVT#';
/** A line of a flow run's log: by time, then by what wrote it. */
export const flowLogKey = (ref: RunRef, time: number, task: number | null, line: number): Key => ({
  pk: recordsPartition(ref),
  sk: `${FLOW_LOG_PREFIX}${flowLogTime(time)}#${task === null ? 'PLAN' : padNumber(task, 2)}#${padNumber(line, 5)}`,
});
export const flowLogTime = (time: number): string => padNumber(time, 15);

export const previewPrefix = (operator?: string): string => (operator === undefined ? 'OUT#' : `OUT#${operator}#`);
/** The records that one page brought to a preview. */
export const previewKey = (ref: RunRef, { operator, split, page }: Omit<RecordPlace, 'index'>): Key => ({
  pk: recordsPartition(ref),
  sk: `${previewPrefix(operator)}${padNumber(split, 5)}#${padNumber(page, 9)}`,
});

/** A message of a queue that a job's runs have taken: not again, however often it is delivered. */
export const seenMessageKey = (job: JobRef, queue: string, messageId: string): Key => ({
  pk: runPartition(job),
  sk: `SEEN#${queue}#${messageId}`,
});

/** An item of a collection, which flows of the tenant write. */
export const collectionKey = (tenant: TenantId, collection: string, key: string): Key => ({
  pk: `${tenant}#${collection}`,
  sk: key,
});

/** Keys in the platform's bucket: the tenant comes second, so that a role can be fenced to it there, too. */
export const tenantFolder = (tenant: TenantId): string => `data/${tenant}/`;
export const tenantRunsFolder = (tenant: TenantId): string => `runs/${tenant}/`;
export const runFolder = (ref: RunRef): string => `runs/${ref.tenant}/${ref.jobId}/${ref.incarnation}/${ref.ulid}/`;
/** The attempt keeps the plan of a lost planner apart from its successor's. */
export const planObjectKey = (ref: RunRef, attempt: number): string => `${runFolder(ref)}plan-${attempt}.json`;
export const checkpointObjectKey = (ref: RunRef, epoch: number): string =>
  `${runFolder(ref)}checkpoints/epoch_${epoch}.json`;
export const stagedFolder = (ref: RunRef): string => `${runFolder(ref)}hand/`;
/** What a source gave; the slice keeps what a lost worker kept apart from its successor's. */
export const stagedObjectKey = (ref: RunRef, split: number, page: number, slice: number): string =>
  `${stagedFolder(ref)}${split}-${page}-${slice}.json`;

const COUNTERS = {
  tenant: 'TENANT',
  job: 'JOB#',
  integration: 'INT#',
  minute: 'MIN#',
  sketch: 'SKETCH#',
  platform: 'PLATFORM',
} as const;

/** A counter item. The job's incarnation is in the key: a job defined again counts from 0. */
export function counterKey(tenant: TenantId, counter: Counter): Key {
  return { pk: counter.kind === 'platform' ? PLATFORM : tenant, sk: counterName(counter) };
}

/** What a counter of a job or of an integration counts, by its sort key. */
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
    case 'sketch':
      return `${COUNTERS[counter.kind]}${counter.jobId}#${counter.incarnation}`;
    case 'integration':
      return COUNTERS.integration + counter.integrationId;
    case 'minute':
      return COUNTERS.minute + counter.minute;
  }
}

/** What a row is of, by what its sort key begins with; the first that fits. */
const ROW_KINDS = {
  jobs: {
    'DEF#': 'definition',
    'REG#': 'registration',
    'STATE#': 'state',
    'GONE#': 'deletedJob',
    'KV#': 'scriptState',
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
    'TASK#': 'task',
    'ERR#': 'recordError',
    'OUT#': 'preview',
    'CHK#': 'checkpoint',
    'LAT#': 'latencies',
    'EVT#': 'logLine',
    'SEEN#': 'seenMessage',
    'V#': 'formerDefinition',
  },
  access: {
    LIMITS: 'limits',
    JOBS: 'jobCount',
    KEYS: 'apiKeyCount',
    'KEY#': 'apiKey',
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
  },
  counters: {
    TENANT: 'tenantCounter',
    'JOB#': 'jobCounter',
    'INT#': 'integrationCounter',
    'MIN#': 'minuteCounter',
    'SKETCH#': 'sketches',
  },
  collections: { '': 'collectionItem' },
} as const;

type KindsOf<Table> = Table extends keyof typeof ROW_KINDS
  ? (typeof ROW_KINDS)[Table][keyof (typeof ROW_KINDS)[Table]]
  : never;
/** `unknown`: of a version of the platform that this one does not know. */
export type RowKind = KindsOf<keyof typeof ROW_KINDS> | 'unknown';

/** What a row of a table is. */
export function kindOfRow(table: keyof typeof ROW_KINDS, sk: string): RowKind {
  const found = Object.entries<RowKind>(ROW_KINDS[table]).find(([prefix]) => sk.startsWith(prefix));
  return found?.[1] ?? 'unknown';
}
