import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import {
  type Delta,
  jobDeltas,
  type RebuildMarker,
  rebuildMarkerDeltas,
  runDeltas,
  storedBytesDeltas,
} from '../../domain/counters.ts';
import type { Registration } from '../../domain/job.ts';
import { parseTenantId, type TenantId } from '../../domain/tenant.ts';
import type { Item } from '../../store/db.ts';
import { JOB_PREFIXES, REBUILD_MARKER_PREFIX, RUN_PREFIXES, tenantOfPartition } from '../../store/keys.ts';
import { toRun } from '../../store/run-item.ts';
import type { CounterChange } from './aggregate.ts';

/**
 * Converts a stream record of the Runs or the Jobs table to counter changes.
 *
 * @throws Error if the record belongs to neither table
 */
export function toCounterChanges(record: DynamoDBRecord): CounterChange[] {
  const { SequenceNumber: sequence, Keys, OldImage, NewImage, ApproximateCreationDateTime } = record.dynamodb ?? {};
  const sk = Keys?.sk?.S;
  if (!sequence || !sk) throw new Error('a record without sequence number or key');
  const before = OldImage && unmarshall(OldImage as Parameters<typeof unmarshall>[0]);
  const after = NewImage && unmarshall(NewImage as Parameters<typeof unmarshall>[0]);
  const at = ApproximateCreationDateTime === undefined ? undefined : ApproximateCreationDateTime * 1_000;
  const { tenant, deltas } = toDeltas(sk, before, after, at);
  return deltas.map((delta) => ({ tenant, sequence, delta }));
}

interface Deltas {
  readonly tenant: TenantId;
  readonly deltas: readonly Delta[];
}

function toDeltas(sk: string, before: Item | undefined, after: Item | undefined, at: number | undefined): Deltas {
  if (sk.startsWith(RUN_PREFIXES.run)) return toRunDeltas(before, after, at);
  if (sk.startsWith(REBUILD_MARKER_PREFIX)) return ofFence(before, after);
  return toJobDeltas(sk, before, after);
}

function tenantOf(value: unknown): TenantId {
  const tenant = parseTenantId(tenantOfPartition(value));
  if (!tenant) throw new Error('a record without a tenant');
  return tenant;
}

/** @param at time of the change in epoch milliseconds. @defaultValue unknown: its stored bytes belong to no day */
function toRunDeltas(before: Item | undefined, after: Item | undefined, at: number | undefined): Deltas {
  const tenant = tenantOf((after ?? before)?.tenant);
  const [was, is] = [before && toRun(before), after && toRun(after)];
  return { tenant, deltas: [...runDeltas(was, is), ...(at === undefined ? [] : storedBytesDeltas(was, is, at))] };
}

/** A rebuild marker counts when it is written. DynamoDB removes it later by its TTL, which counts nothing. */
function ofFence(before: Item | undefined, after: Item | undefined): Deltas {
  const tenant = tenantOf((after ?? before)?.tenant);
  return { tenant, deltas: after && !before ? rebuildMarkerDeltas(after as unknown as RebuildMarker) : [] };
}

function toJobDeltas(sk: string, before: Item | undefined, after: Item | undefined): Deltas {
  const tenant = tenantOf((after ?? before)?.pk);
  const isJob = sk.startsWith(JOB_PREFIXES.job);
  const failed = (item: Item | undefined) => Number(!isJob && (item as Registration | undefined)?.status === 'failed');
  return {
    tenant,
    deltas: jobDeltas({
      jobs: isJob ? Number(after !== undefined) - Number(before !== undefined) : 0,
      failedRegistrations: failed(after) - failed(before),
    }),
  };
}
