import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { isSecretName, SECRET_NAME_RULE, validateSecretValue } from '../../core/domain/secret.ts';
import type { Secrets } from '../../core/platform/secrets.ts';
import { inputObject } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, pathParameter, timestamp } from '../openapi/common-schemas.ts';

export interface SecretsDependencies {
  readonly secrets: Secrets;
}

/** Errors must not contain the received value. */
const newSecretSchema = lazy(() => inputObject({ value: z.string({ error: 'must be text' }) }));

const secretSchema = lazy(() => namedSchema('Secret', z.object({ name: z.string(), updatedAt: timestamp() })));
/** A secret without its value. */
export type SecretView = ViewOf<typeof secretSchema>;

const secretParameter = lazy(() =>
  pathParameter('name', 'The secret.', 'erp-token', z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/)),
);

export const secretRoutes = [
  route({
    method: 'GET',
    path: '/v1/secrets',
    operation: 'listSecrets',
    action: 'define',
    openapi: () => ({ summary: 'List the names of secrets' }),
    responses: () => ({
      200: { description: 'The secrets by name, without their values.', body: z.array(secretSchema()) },
    }),
    async handle({ caller: { tenant } }, { secrets }: SecretsDependencies) {
      return { status: 200, body: await secrets.list(tenant) };
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/secrets/{name}',
    operation: 'putSecret',
    action: 'define',
    body: newSecretSchema,
    openapi: () => ({
      summary: 'Set a secret',
      pathParameters: secretParameter(),
      bodyExample: { value: 's3cr3t' },
      errors: [409],
    }),
    responses: () => ({ 204: { description: 'The secret is set. Runs use it after one minute at the latest.' } }),
    async handle({ caller: { tenant }, params: { name }, body: { value } }, { secrets }: SecretsDependencies) {
      if (!isSecretName(name)) throw new InvalidInput('name', `must be ${SECRET_NAME_RULE}`);
      validateSecretValue(value);
      await secrets.put(tenant, name, value);
      return { status: 204 };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/secrets/{name}',
    operation: 'getSecret',
    action: 'define',
    openapi: () => ({
      summary: 'Get the time at which a secret was set',
      pathParameters: secretParameter(),
      errors: [404],
    }),
    responses: () => ({ 200: { description: 'The secret without its value.', body: secretSchema() } }),
    async handle({ caller: { tenant }, params: { name } }, { secrets }: SecretsDependencies) {
      const found = isSecretName(name) ? await secrets.get(tenant, name) : undefined;
      if (!found) throw secretNotFoundError();
      return { status: 200, body: found };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/secrets/{name}',
    operation: 'deleteSecret',
    action: 'define',
    openapi: () => ({ summary: 'Delete a secret', pathParameters: secretParameter(), errors: [404] }),
    responses: () => ({ 204: { description: 'The secret is deleted.' } }),
    async handle({ caller: { tenant }, params: { name } }, { secrets }: SecretsDependencies) {
      if (!isSecretName(name) || !(await secrets.remove(tenant, name))) throw secretNotFoundError();
      return { status: 204 };
    },
  }),
];

/** Creates the same error for a missing secret and a secret of another tenant. */
const secretNotFoundError = () => new JobdeckError('not_found', 'secret.not_found', 'Secret not found');
