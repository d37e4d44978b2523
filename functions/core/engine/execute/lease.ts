import { randomUUID } from 'node:crypto';
import type { Lease } from '../../domain/run.ts';
import { LEASE_MS } from '../../domain/timing.ts';

/**
 * Creates a lease that expires 60 s after `now`, epoch milliseconds.
 *
 * @param token fencing token; pass the token of an existing lease to renew it
 */
export function createLease(now: number, token: string = randomUUID().slice(0, 13)): Lease {
  return { token, until: new Date(now + LEASE_MS).toISOString() };
}
