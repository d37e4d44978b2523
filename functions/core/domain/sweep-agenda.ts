import { createHash } from 'node:crypto';
import type { TenantId } from './tenant.ts';
import { MINUTE_MS } from './timing.ts';

/**
 * Time from a change of a tenant's runs or definitions to the sweep that checks its effects, and minimum time between
 * two sweeps of a tenant.
 */
export const SWEEP_DELAY_MS = MINUTE_MS;

/** Partitions of the agenda's index. Each takes the changes of some 15,000 active tenants. */
export const SWEEP_SHARDS = 4;

/** The partitions of the agenda's index. */
export const SWEEP_SHARD_NAMES: readonly string[] = Array.from({ length: SWEEP_SHARDS }, (_, shard) => String(shard));

/** Returns the partition of the agenda's index that holds the tenant's entry. */
export function sweepShardOf(tenant: TenantId): string {
  return String(createHash('sha256').update(tenant).digest().readUInt16BE(0) % SWEEP_SHARDS);
}

/** The parts of a sweep that a change makes due. Each includes those before it: runs, delayed runs, definitions. */
const SWEEP_PARTS = ['runs', 'delays', 'definitions'] as const;
export type SweepPart = (typeof SWEEP_PARTS)[number];

/** Returns the larger of two parts. */
export const largerPart = (a: SweepPart | undefined, b: SweepPart | undefined): SweepPart | undefined =>
  SWEEP_PARTS.findLast((part) => part === a || part === b);
