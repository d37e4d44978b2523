import { SWEEP_DELAY_MS } from '../../../functions/core/domain/sweep-agenda.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { type Db, update } from '../../../functions/core/store/db.ts';
import { counterKey } from '../../../functions/core/store/keys.ts';
import { dueSweep } from '../../../functions/core/store/sweep-agenda.ts';

/**
 * Stores the agenda entry that a change of the tenant's definitions causes, with a sweep due at `at`.
 *
 * @param at epoch milliseconds
 */
export async function givenAgendaEntry(db: Db, tenant: TenantId, at: number): Promise<void> {
  const { set, add } = dueSweep(tenant, 'definitions', undefined, at - SWEEP_DELAY_MS);
  await update(db, db.tables.counters, counterKey(tenant, { kind: 'tenant' }), { set, add });
}
