import { JobdeckError } from './errors.ts';

/**
 * The mark of a tenant that is being deleted or imported. It is stored beside the tenant's limits, which are read
 * before any work is started for the tenant.
 */
export interface TenantTombstone {
  /**
   * Start of the deletion or import, ISO 8601: no work is done for the tenant since then. Null for an active tenant.
   */
  readonly tombstonedAt: string | null;
  /** Counters ignore changes that were written at or before this time, in epoch milliseconds of the streams. */
  readonly uncountedUntil: number;
}

export const NO_TOMBSTONE: TenantTombstone = { tombstonedAt: null, uncountedUntil: 0 };

/** Greater than every timestamp of a change. */
export const MAX_TIME_MS = Number.MAX_SAFE_INTEGER;

/**
 * @returns whether the tenant is deleted or being deleted. A tenant that is being imported has a tombstone too, but counts
 * changes after a time.
 */
export const isTenantDeleted = ({ uncountedUntil }: Pick<TenantTombstone, 'uncountedUntil'>): boolean =>
  uncountedUntil === MAX_TIME_MS;

/** Error of work for a tenant that was deleted, or that is being deleted or imported. */
export class TenantDeletedError extends JobdeckError {
  constructor() {
    super(
      'forbidden',
      'tenant.deleted',
      'This tenant is deleted or being deleted; contact the operator of the platform',
    );
    this.name = 'TenantFenced';
  }
}

/** @throws TenantDeletedError */
export function assertTenantNotDeleted({ tombstonedAt }: { readonly tombstonedAt?: string | null }): void {
  if (tombstonedAt) throw new TenantDeletedError();
}
