import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { isSecretName, SECRET_NAME_RULE, validateSecretValue } from '../../core/domain/secret.ts';
import type { Secrets } from '../../core/platform/secrets.ts';
import { inputObject } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';

/** Errors must not contain the received value. */
const newSecretSchema = inputObject({ value: z.string({ error: 'must be text' }) });

/** Lists the names of secrets. */
export const listSecrets = (secrets: Secrets) =>
  operation({
    async handle({ caller: { tenant } }) {
      return { status: 200, body: [...(await secrets.list(tenant))] };
    },
  });

/** Sets a secret. Runs use the new value after one minute at the latest. */
export const putSecret = (secrets: Secrets) =>
  operation({
    body: newSecretSchema,
    async handle({ caller: { tenant }, params: { name = '' }, body: { value } }) {
      if (!isSecretName(name)) throw new InvalidInput('name', `must be ${SECRET_NAME_RULE}`);
      validateSecretValue(value);
      await secrets.put(tenant, name, value);
      return { status: 204 };
    },
  });

export const getSecret = (secrets: Secrets) =>
  operation({
    async handle({ caller: { tenant }, params: { name = '' } }) {
      const found = isSecretName(name) ? await secrets.get(tenant, name) : undefined;
      if (!found) throw secretNotFoundError();
      return { status: 200, body: found };
    },
  });

export const deleteSecret = (secrets: Secrets) =>
  operation({
    async handle({ caller: { tenant }, params: { name = '' } }) {
      if (!isSecretName(name) || !(await secrets.remove(tenant, name))) throw secretNotFoundError();
      return { status: 204 };
    },
  });

/** Creates the same error for a missing secret and a secret of another tenant. */
const secretNotFoundError = () => new JobdeckError('not_found', 'secret.not_found', 'Secret not found');
