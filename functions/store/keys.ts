import type { Counter } from '../domain/counters.ts';
import type { RunRef, RunState } from '../domain/run.ts';
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
export const goneKey = (tenant: TenantId, jobId: string, incarnation: string): Key => ({
  pk: tenant,
  sk: `GONE#${jobId}#${incarnation}`,
});
export const scriptStateKey = (tenant: TenantId, name: string): Key => ({ pk: tenant, sk: `KV#${name}` });

export const JOB_PREFIXES = { job: 'DEF#', registration: 'REG#', state: 'STATE#', gone: 'GONE#' } as const;

export const limitsKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'LIMITS' });
export const idempotencyKey = (tenant: TenantId, hash: string): Key => ({ pk: tenant, sk: `IDEM#${hash}` });
export const API_KEY_PREFIX = 'KEY#';
export const apiKeyKey = (tenant: TenantId, id: string): Key => ({ pk: tenant, sk: API_KEY_PREFIX + id });
/** How many API keys the tenant has. */
export const apiKeyCountKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'KEYS' });
export const tenantKey = (tenant: TenantId): Key => ({ pk: PLATFORM, sk: `TENANT#${tenant}` });
export const PLATFORM_PARTITION = PLATFORM;
/** A rebuild of the tenant's counters that is under way. */
export const rebuildKey = (tenant: TenantId): Key => ({ pk: tenant, sk: 'REBUILD' });
/** How far the audit of the counters has come. */
export const auditKey: Key = { pk: PLATFORM, sk: 'AUDIT' };
export const TENANT_PREFIX = 'TENANT#';

export type JobRef = Omit<RunRef, 'ulid'>;

export const runPartition = (job: JobRef): string => `${job.tenant}#${job.jobId}#${job.incarnation}`;
export const runKey = (ref: RunRef): Key => ({ pk: runPartition(ref), sk: `R#${ref.ulid}` });
export const skippedKey = (ref: RunRef): Key => ({ pk: runPartition(ref), sk: `S#${ref.ulid}` });
export const RUN_PREFIXES = { run: 'R#', skipped: 'S#' } as const;
/** Among a job's runs, what a rebuild of the counters leaves to be seen by whoever counts them. */
export const FENCE_PREFIX = 'FENCE#';
export const fenceKey = (job: JobRef, generation: number): Key => ({
  pk: runPartition(job),
  sk: FENCE_PREFIX + generation,
});
/** Attribute that marks a change by a rebuild of the counters: for the counters alone, nothing happened to the run. */
export const TOUCH_MARK = 'touched';
/** Attribute that marks a heartbeat: a change of a run's row that the event source filters keep from waking anybody. */
export const HEARTBEAT_MARK = 'beat';

/** Sort key of both indexes: creation time first, then enough to find the row. */
export const createdKey = (createdAt: string, ref: RunRef): string =>
  `${createdAt}#${ref.jobId}#${ref.incarnation}#${ref.ulid}`;

export function parseCreatedKey(tenant: TenantId, key: string): { readonly createdAt: string; readonly ref: RunRef } {
  const [createdAt = '', jobId = '', incarnation = '', ulid = ''] = key.split('#');
  return { createdAt, ref: { tenant, jobId, incarnation, ulid } };
}

/** Partition key of the `active` index. */
export const activeKey = (tenant: TenantId, state: RunState): string => `${tenant}#${state}`;

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
