import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { checkSecretValue, isSecretName, SECRET_NAME_RULE } from '../../core/domain/secret.ts';
import type { Secrets } from '../../core/platform/secrets.ts';
import { operation } from '../http/operation.ts';
import { fields } from '../http/shapes.ts';

/** Messages do not show what they were given. */
const newSecret = fields({ value: z.string({ error: 'must be text' }) });

/** By name. */
export const listSecrets = (secrets: Secrets) =>
  operation({
    async handle({ caller: { tenant } }) {
      return { status: 200, body: [...(await secrets.list(tenant))] };
    },
  });

/** Runs use the value from a minute later on, at the latest. */
export const putSecret = (secrets: Secrets) =>
  operation({
    body: newSecret,
    async handle({ caller: { tenant }, params: { name = '' }, body: { value } }) {
      if (!isSecretName(name)) throw new InvalidInput('name', `must be ${SECRET_NAME_RULE}`);
      checkSecretValue(value);
      await secrets.put(tenant, name, value);
      return { status: 204 };
    },
  });

export const getSecret = (secrets: Secrets) =>
  operation({
    async handle({ caller: { tenant }, params: { name = '' } }) {
      const found = isSecretName(name) ? await secrets.get(tenant, name) : undefined;
      if (!found) throw secretNotFound();
      return { status: 200, body: found };
    },
  });

export const deleteSecret = (secrets: Secrets) =>
  operation({
    async handle({ caller: { tenant }, params: { name = '' } }) {
      if (!isSecretName(name) || !(await secrets.remove(tenant, name))) throw secretNotFound();
      return { status: 204 };
    },
  });

/** The same for another tenant's. */
const secretNotFound = () => new JobdeckError('not_found', 'secret.not_found', 'Secret not found');
