import { JobdeckError } from './errors.ts';

/**
 * What keeps a tenant that is deleted, or that is being put back, out: it stands beside the tenant's limits, which
 * whoever starts anything for it reads.
 */
export interface TenantTombstone {
  /** Since when nothing is done for the tenant any more, ISO 8601; null: it is a tenant like any. */
  readonly fencedAt: string | null;
  /** Changes that were written at this time or before count for nobody; epoch milliseconds, as the streams tell time. */
  readonly uncountedUntil: number;
}

export const NO_TOMBSTONE: TenantTombstone = { fencedAt: null, uncountedUntil: 0 };

/** No change is written later than this. */
export const MAX_TIME_MS = Number.MAX_SAFE_INTEGER;

/** Nothing is done for this tenant: it was deleted, or is being deleted or put back. */
export class TenantDeletedError extends JobdeckError {
  constructor() {
    super('forbidden', 'tenant.deleted', 'This tenant is deleted, or about to be; ask the operator of the platform');
    this.name = 'TenantFenced';
  }
}

/** @throws TenantFenced */
export function assertTenantNotDeleted({ fencedAt }: { readonly fencedAt?: string | null }): void {
  if (fencedAt) throw new TenantDeletedError();
}
