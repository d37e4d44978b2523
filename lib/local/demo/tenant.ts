import type { TenantId } from '../../../functions/core/domain/tenant.ts';

/** The tenant of a local system's first user. */
export const DEMO_TENANT = 'demo' as TenantId;
