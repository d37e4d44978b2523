import { eachTenant } from '../platform/each-tenant.ts';
import { createPlatform } from '../platform/platform.ts';
import { visitTenant } from './visit.ts';

const platform = createPlatform();

/** Every minute: visits every tenant. */
export async function handler(): Promise<void> {
  await eachTenant(platform, 'sweep', (tenant) => visitTenant(platform, tenant));
}
