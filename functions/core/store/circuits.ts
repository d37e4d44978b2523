import type { Circuit } from '../domain/notification/circuit-breaker.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, get, put, remove } from './db.ts';
import { absent, equals } from './expression.ts';
import { circuitKey } from './keys.ts';
import { toTtl } from './ttl.ts';

/** Returns the circuit of a receiver, or `undefined` if it has answered every delivery. */
export async function getCircuit(db: Db, tenant: TenantId, receiver: string): Promise<Circuit | undefined> {
  const { pk, sk, ttl, ...circuit } = (await get(db, db.tables.access, circuitKey(tenant, receiver))) ?? {};
  return pk === undefined ? undefined : (circuit as unknown as Circuit);
}

/**
 * Stores a circuit for a day.
 *
 * @returns `false` if it changed since `seen` was read
 */
export async function putCircuit(
  db: Db,
  tenant: TenantId,
  circuit: Circuit,
  seen: Circuit | undefined,
  now: number,
): Promise<boolean> {
  const item = { ...circuitKey(tenant, circuit.receiver), ...circuit, ttl: toTtl(now + DAY_MS) };
  return put(
    db,
    db.tables.access,
    item,
    // guard: circuit.probe.once
    seen ? equals('revision', seen.revision) : absent('pk'),
  );
}

/** Closes a circuit. */
export async function removeCircuit(db: Db, tenant: TenantId, receiver: string): Promise<void> {
  await remove(db, db.tables.access, circuitKey(tenant, receiver));
}
