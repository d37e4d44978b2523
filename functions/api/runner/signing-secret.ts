import type { SigningSecrets } from '../../platform/signing-secret.ts';
import { operation } from '../edge/operation.ts';

/** The secret by which the receivers of `http` jobs check that a request is Jobdeck's. */
export const getSigningSecret = (secrets: SigningSecrets) =>
  operation({
    async handle({ caller: { tenant } }) {
      return { status: 200, body: { secret: await secrets(tenant) } };
    },
  });
