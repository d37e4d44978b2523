import { randomBytes } from 'node:crypto';
import { canGrantRole, ROLES, type Role } from '../../core/domain/access.ts';
import {
  API_KEY_SECRET_BYTES,
  type ApiKey,
  formatApiKey,
  hashApiKey,
  isApiKeyId,
  MAX_API_KEYS,
} from '../../core/domain/api-key.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listApiKeys as findApiKeys, createApiKey as keepApiKey, removeApiKey } from '../../core/store/api-keys.ts';
import { inputObject, listOf, name, oneOf } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';

const newApiKeySchema = inputObject({
  name: name(64),
  roles: listOf(oneOf(ROLES), ROLES.length).refine((roles: readonly Role[]) => roles.length > 0, {
    error: 'must name at least one role',
  }),
});

/** Creates an API key. Only the response to this request contains the key. */
export const createApiKey = ({ db, now, newUlid }: Pick<Platform, 'db' | 'now' | 'newUlid'>) =>
  operation({
    body: newApiKeySchema,
    async handle({ caller, body }) {
      assertRolesGrantable(caller.roles, body.roles);
      const { tenant } = caller;
      const roles = ROLES.filter((role) => body.roles.includes(role));
      const [id, createdAt] = [newUlid(now()), new Date(now()).toISOString()];
      const key = formatApiKey(tenant, id, randomBytes(API_KEY_SECRET_BYTES).toString('base64url'));
      const kept: ApiKey = {
        tenant,
        id,
        name: body.name,
        roles,
        hash: hashApiKey(key),
        createdAt,
        createdBy: caller.name,
        lastUsedAt: null,
      };
      if (!(await keepApiKey(db, kept))) {
        const message = `There are ${MAX_API_KEYS} API keys, as many as there may be; revoke one first`;
        throw new JobdeckError('conflict', 'api_key.too_many', message);
      }
      return { status: 201, body: { id, name: body.name, roles, key, createdAt }, targets: [id] };
    },
  });

/** Lists the API keys, oldest first. */
export const listApiKeys = ({ db }: Pick<Platform, 'db'>) =>
  operation({
    async handle({ caller: { tenant } }) {
      return { status: 200, body: (await findApiKeys(db, tenant)).map(toApiKeyView) };
    },
  });

/** Revokes an API key. Execution environments that cached the key accept it for up to 30 s more. */
export const revokeApiKey = ({ db }: Pick<Platform, 'db'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      if (!isApiKeyId(id) || !(await removeApiKey(db, tenant, id))) {
        throw new JobdeckError('not_found', 'api_key.not_found', 'API key not found');
      }
      return { status: 204 };
    },
  });

function assertRolesGrantable(own: readonly Role[], wanted: readonly Role[]): void {
  const over = wanted.filter((role) => !canGrantRole(own, role));
  if (over.length === 0) return;
  const may = ROLES.filter((role) => canGrantRole(own, role)).join(', ');
  const message = `roles: must be among those that allow no more than yours (${may}), got ${over.join(', ')}`;
  throw new JobdeckError('forbidden', 'access.role', message);
}

const toApiKeyView = ({ id, name, roles, createdAt, createdBy, lastUsedAt }: ApiKey) => ({
  id,
  name,
  roles,
  createdAt,
  createdBy,
  lastUsedAt,
});
