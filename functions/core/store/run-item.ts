import { type Run, type RunRef, type SkippedTick, TERMINAL_STATES, type TerminalState } from '../domain/run.ts';
import { classOf } from '../domain/run-class.ts';
import type { RunInput } from '../domain/run-input.ts';
import { DEFAULT_PRIORITY } from '../domain/run-priority.ts';
import { hiddenFrom, REMOVAL_MS, removalTime } from '../domain/run-removal.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import type { Item } from './db.ts';
import {
  activeKey,
  createdKey,
  listPartition,
  parseCreatedKey,
  runKey,
  skippedKey,
  tenantOfPartition,
} from './keys.ts';
import { toTtl } from './ttl.ts';

/** Returns the `active` index key of an ended run; null removes the row from the index. */
export const endedKeyOf = (tenant: TenantId, state: TerminalState): string | null =>
  state === 'completed' ? null : activeKey(tenant, state);

/**
 * Returns the DynamoDB expiry of the row of a script or HTTP run, or of a skipped tick, in epoch seconds. DynamoDB removes
 * the row within two days of it, at no cost. The removal reaches the counters by the stream.
 */
export const rowTtlOf = (tenant: TenantId, purgeAt: string): number => toTtl(removalTime(tenant, purgeAt));

/** Time for which what belongs to a row outlives its retention, in milliseconds: longer than the row is shown. */
const RECORD_EXPIRY_DELAY_MS = REMOVAL_MS + DAY_MS;

/** Returns the DynamoDB expiry of a row that belongs to a run's row, such as a part of its output, in epoch seconds. */
export const recordTtlOf = (purgeAt: string): number => toTtl(Date.parse(purgeAt) + RECORD_EXPIRY_DELAY_MS);

/** Time for which the row of a run with tasks outlives its retention, in milliseconds. */
const OWNER_EXPIRY_DELAY_MS = 90 * DAY_MS;

/**
 * Returns the DynamoDB expiry of the row of a flow run, in epoch seconds. The purge, which removes the rows and objects that
 * belong to the run together with its row, has that time to find them by the row.
 */
export function ownerTtlOf(purgeAt: string): number {
  return toTtl(Date.parse(purgeAt) + OWNER_EXPIRY_DELAY_MS);
}

/** A flow run, as far as the expiry of the rows that belong to it depends on it. */
export type RecordOwner = RunRef & Pick<Run, 'createdAt' | 'finishedAt' | 'purgeAt'>;

/**
 * Returns the DynamoDB expiry of a row that a flow run writes once, in epoch seconds: a log line, a failed record or a
 * preview. The end of an active run is unknown. Its retention is counted from the write, so that the row never outlives the
 * row of its run; a run that is active for longer than 90 days loses the oldest of these rows before its end.
 *
 * @param writtenAt epoch milliseconds
 */
export function detailTtlOf({ createdAt, finishedAt, purgeAt }: RecordOwner, writtenAt: number): number {
  if (finishedAt !== null) return ownerTtlOf(purgeAt);
  // The row of an active run is created with the retention from its creation.
  const retentionMs = Date.parse(purgeAt) - Date.parse(createdAt);
  return toTtl(writtenAt + retentionMs + OWNER_EXPIRY_DELAY_MS);
}

/** Time for which an active flow run keeps its state after the last write, in seconds: an upper bound of its execution. */
const MAX_EXECUTION_SECONDS = (365 * DAY_MS) / 1_000;

/**
 * Returns the DynamoDB expiry of a row that a flow run needs until its end, in epoch seconds: its input, a task, a
 * checkpoint or the latencies of a task. An upper bound: the row of an active run outlives the run by at most a year.
 *
 * @param writtenAt epoch milliseconds
 */
export function stateTtlOf(run: RecordOwner, writtenAt: number): number {
  const ttl = detailTtlOf(run, writtenAt);
  return run.finishedAt === null ? ttl + /* guard: record.ttl.active */ MAX_EXECUTION_SECONDS : ttl;
}

/**
 * Returns the item of a run. Nulls and fields that are part of the keys are omitted, because DynamoDB bills writes per
 * kilobyte.
 */
export function fromRun(run: Run): Item {
  const {
    tenant,
    jobId,
    incarnation,
    ulid,
    createdAt,
    lease,
    failure,
    acknowledged,
    executionMs,
    input,
    tags,
    ...rest
  } = run;
  const ref = { tenant, jobId, incarnation, ulid };
  const runClass = classOf(run);
  return {
    ...runKey(ref),
    ...omitDefaults(rest),
    ...executionFields(executionMs),
    input: input && formatInput(input),
    tags: tags.length > 0 ? tags : null,
    tenant: listPartition(tenant, run.flow === null ? 'others' : 'flows'),
    createdKey: createdKey(createdAt, ref, run.flow !== null),
    activeKey: runClass && activeKey(tenant, runClass),
    leaseToken: lease?.token,
    leaseUntil: lease?.until,
    failureKind: failure?.kind,
    failureMessage: failure?.message,
    ...acknowledgementFields(acknowledged),
  };
}

/** Formats an input as text, because payloads may be nested deeper than DynamoDB's values. */
export const formatInput = (input: RunInput): string => JSON.stringify(input);

export const parseInput = (text: string): RunInput => JSON.parse(text) as RunInput;

/** Maps `executionMs` to the attribute name of earlier releases. */
export const executionFields = (executionMs: Run['executionMs']) => ({ durationMs: executionMs });

export const acknowledgementFields = (acknowledged: Run['acknowledged']) => ({
  acknowledgedAt: acknowledged?.at ?? null,
  acknowledgedBy: acknowledged?.by ?? null,
  acknowledgedNote: acknowledged?.note ?? null,
});

/** Values of absent attributes. */
const DEFAULTS = {
  attempt: 0,
  resends: 0,
  generation: 0,
  awaited: false,
  stdout: '',
  stderr: '',
  stdoutParts: 0,
  stderrParts: 0,
  itemsProcessed: 0,
  storedBytes: 0,
  priorComputeMs: 0,
  computeDay: null,
  scheduledAt: null,
  startedAt: null,
  attemptStartedAt: null,
  jobVersion: null,
  finishedAt: null,
  waiting: null,
  runAt: null,
  dueAt: null,
  sentAt: null,
  canceledBy: null,
  exitCode: null,
  meta: null,
  inputBytes: 0,
  note: null,
  priority: DEFAULT_PRIORITY,
  expiresAt: null,
  concurrencyKey: null,
  throttleKey: null,
  throttledFrom: null,
  chain: null,
  followed: false,
  integrationId: null,
  flow: null,
  external: null,
  stop: null,
  redrivenFrom: null,
  backfill: null,
  lateStartAt: null,
  lateFinishAt: null,
} as const;

/** Replaces fields with default values by null, which removes them in an update. */
export function omitDefaults(fields: Item): Item {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value === DEFAULTS[name as keyof typeof DEFAULTS] ? null : value,
    ]),
  );
}

export function toRun(item: Item): Run {
  const {
    pk,
    sk,
    tenant,
    activeKey: _,
    leaseToken,
    leaseUntil,
    failureKind,
    failureMessage,
    durationMs: executionMs,
    acknowledgedAt: at,
    acknowledgedBy: by,
    acknowledgedNote,
    input,
    tags,
    beat,
    touched,
    ttl,
    ...rest
  } = item;
  const { createdAt, ref } = parseCreatedKey(tenantOfPartition(tenant) as TenantId, rest.createdKey as string);
  delete rest.createdKey;
  return {
    ...DEFAULTS,
    ...rest,
    ...ref,
    createdAt,
    executionMs: executionMs ?? null,
    lease: leaseToken ? { token: leaseToken, until: leaseUntil } : null,
    failure: failureKind ? { kind: failureKind, message: failureMessage ?? '' } : null,
    acknowledged: at ? { at, by, note: acknowledgedNote ?? null } : null,
    input: input === undefined ? null : parseInput(input as string),
    tags: tags ?? [],
  } as unknown as Run;
}

/** Returns the item of a skipped tick, which is in no index: only the job's history shows it. */
export function fromSkipped(tick: SkippedTick): Item {
  const { tenant, jobId, incarnation, ulid, ...rest } = tick;
  return { ...skippedKey({ tenant, jobId, incarnation, ulid }), ...rest, ttl: rowTtlOf(tenant, tick.purgeAt) };
}

export function toSkipped(ref: Omit<RunRef, 'ulid'>, item: Item): SkippedTick {
  const { pk, sk, ttl, ...rest } = item;
  return { chain: null, ...rest, ...ref, ulid: (sk as string).slice(2) } as unknown as SkippedTick;
}

/** @returns `true` if the sweeper must remove the row: it may still exist, but is not shown */
export function isPurgeDue(row: Run | SkippedTick, now: number): boolean {
  const ended = row.state === 'skipped' || (TERMINAL_STATES as readonly string[]).includes(row.state);
  return ended && hiddenFrom(row) <= now;
}
