import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { canGrantRole, ROLES, type Role } from '../../core/domain/access.ts';
import { API_KEY_SECRET_BYTES, type ApiKey, hashApiKey, isApiKeyId, MAX_API_KEYS } from '../../core/domain/api-key.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { ApiKeyIssuer } from '../../core/platform/api-key-issuer.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { createApiKey, listApiKeys, removeApiKey } from '../../core/store/api-keys.ts';
import { inputObject, listOf, name, oneOf } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, pathParameter, timestamp } from '../openapi/common-schemas.ts';

const newApiKeySchema = lazy(() =>
  inputObject({
    name: name(64),
    roles: listOf(oneOf(ROLES), ROLES.length).refine((roles: readonly Role[]) => roles.length > 0, {
      error: 'must name at least one role',
    }),
  }),
);

const apiKeySchema = lazy(() =>
  namedSchema(
    'ApiKey',
    z.object({
      id: z.string(),
      name: z.string(),
      roles: z.array(z.enum(ROLES)),
      createdAt: timestamp(),
      createdBy: z.string(),
      lastUsedAt: timestamp().nullable(),
    }),
  ),
);
/** An API key without its secret part. */
export type ApiKeyView = ViewOf<typeof apiKeySchema>;

export interface NewApiKeyDependencies extends Pick<Platform, 'db' | 'now' | 'newUlid'> {
  readonly apiKeys: Pick<ApiKeyIssuer, 'issue'>;
}

export const apiKeyRoutes = [
  route({
    method: 'POST',
    path: '/v1/api-keys',
    operation: 'createApiKey',
    action: 'define',
    body: newApiKeySchema,
    openapi: () => ({
      summary: 'Create an API key',
      description: 'Its roles may allow no more than the caller’s.',
      bodyExample: { name: 'nightly sync', roles: ['OPERATOR'] },
      errors: [409],
    }),
    responses: () => ({
      201: {
        description: 'The API key. No other response contains `key`.',
        body: z.object({
          id: z.string(),
          name: z.string(),
          roles: z.array(z.enum(ROLES)),
          key: z.string(),
          createdAt: timestamp(),
        }),
      },
    }),
    async handle({ caller, body }, { db, now, newUlid, apiKeys }: NewApiKeyDependencies) {
      assertRolesGrantable(caller.roles, body.roles);
      const { tenant } = caller;
      const roles = ROLES.filter((role) => body.roles.includes(role));
      const [id, createdAt] = [newUlid(now()), new Date(now()).toISOString()];
      const key = await apiKeys.issue(tenant, id, randomBytes(API_KEY_SECRET_BYTES).toString('base64url'));
      const isCreated = await createApiKey(db, {
        tenant,
        id,
        name: body.name,
        roles,
        hash: hashApiKey(key),
        createdAt,
        createdBy: caller.name,
        lastUsedAt: null,
      });
      if (!isCreated) {
        const message = `There are ${MAX_API_KEYS} API keys, as many as there may be; revoke one first`;
        throw new JobdeckError('conflict', 'api_key.too_many', message);
      }
      return { status: 201, body: { id, name: body.name, roles, key, createdAt }, targets: [id] };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/api-keys',
    operation: 'listApiKeys',
    action: 'define',
    openapi: () => ({ summary: 'List the API keys' }),
    responses: () => ({ 200: { description: 'The API keys, oldest first.', body: z.array(apiKeySchema()) } }),
    async handle({ caller: { tenant } }, { db }: Pick<Platform, 'db'>) {
      return { status: 200, body: (await listApiKeys(db, tenant)).map(toApiKeyView) };
    },
  }),
  // Execution environments that cached the key accept it for up to 30 s more.
  route({
    method: 'DELETE',
    path: '/v1/api-keys/{id}',
    operation: 'revokeApiKey',
    action: 'define',
    openapi: () => ({
      summary: 'Revoke an API key',
      pathParameters: pathParameter('id', 'The API key.', '01JNXA3V5T9YV0Q2Z6W8M4R7B1'),
      errors: [404],
    }),
    responses: () => ({ 204: { description: 'The key is revoked. It is rejected after 30 seconds at the latest.' } }),
    async handle({ caller: { tenant }, params: { id } }, { db }: Pick<Platform, 'db'>) {
      if (!isApiKeyId(id) || !(await removeApiKey(db, tenant, id))) {
        throw new JobdeckError('not_found', 'api_key.not_found', 'API key not found');
      }
      return { status: 204 };
    },
  }),
];

function assertRolesGrantable(own: readonly Role[], requested: readonly Role[]): void {
  const excessive = requested.filter((role) => !canGrantRole(own, role));
  if (excessive.length === 0) return;
  const grantable = ROLES.filter((role) => canGrantRole(own, role)).join(', ');
  const message = `roles: must be among those that allow no more than yours (${grantable}), got ${excessive.join(', ')}`;
  throw new JobdeckError('forbidden', 'access.role', message);
}

const toApiKeyView = ({ id, name, roles, createdAt, createdBy, lastUsedAt }: ApiKey): ApiKeyView => ({
  id,
  name,
  roles,
  createdAt,
  createdBy,
  lastUsedAt,
});
