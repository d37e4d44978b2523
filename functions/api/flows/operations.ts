import type { Platform } from '../../platform/platform.ts';
import type { Secrets } from '../../platform/secrets.ts';
import type { Operations } from '../edge/operation.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
import type { flowsRoutes } from './routes.ts';
import { deleteSecret, getSecret, listSecrets, putSecret } from './secrets.ts';

/** What the flows surface does, by the names of its route table. */
export function flowsOperations(
  platform: Pick<Platform, 'db' | 'now' | 'newUlid'>,
  secrets: Secrets,
): Operations<(typeof flowsRoutes)[number]> {
  return {
    createApiKey: createApiKey(platform),
    listApiKeys: listApiKeys(platform),
    revokeApiKey: revokeApiKey(platform),
    listSecrets: listSecrets(secrets),
    putSecret: putSecret(secrets),
    getSecret: getSecret(secrets),
    deleteSecret: deleteSecret(secrets),
  };
}
