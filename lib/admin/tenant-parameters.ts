import {
  DeleteParameterCommand,
  GetParametersByPathCommand,
  ParameterNotFound,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { TenantId } from '../../functions/core/domain/tenant.ts';

/** The names of a tenant's secrets and of its signing secret. Values are not accessible. */
export interface TenantParameters {
  /** Names below the tenant's path, for example `secrets/shop-key`. */
  names(tenant: TenantId): Promise<readonly string[]>;
  remove(tenant: TenantId, name: string): Promise<void>;
}

/** @param path parent path of all tenants, without a trailing slash */
export function createTenantParameters(ssm: SSMClient, path: string): TenantParameters {
  return {
    async names(tenant) {
      const folder = `${path}/${tenant}/`;
      const found: string[] = [];
      let next: string | undefined;
      do {
        const page = await ssm.send(
          new GetParametersByPathCommand({ Path: folder, Recursive: true, ...(next && { NextToken: next }) }),
        );
        found.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name.slice(folder.length)));
        next = page.NextToken;
      } while (next);
      return found.sort();
    },
    async remove(tenant, name) {
      try {
        await ssm.send(new DeleteParameterCommand({ Name: `${path}/${tenant}/${name}` }));
      } catch (error) {
        if (!(error instanceof ParameterNotFound)) throw error;
      }
    },
  };
}
