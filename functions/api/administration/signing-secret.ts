import { JobdeckError } from '../../core/domain/errors.ts';
import { ROTATION_OVERLAP_MS } from '../../core/domain/signing-secret.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { SigningSecrets } from '../../core/platform/signing-secrets.ts';
import { acquireRotation } from '../../core/store/rotations.ts';
import { operation } from '../http/operation.ts';

/** Returns the secret with which receivers of `http` jobs and notifications verify Jobdeck's signatures. */
export const getSigningSecret = (secrets: SigningSecrets) =>
  operation({
    async handle({ caller: { tenant } }) {
      return { status: 200, body: { secret: await secrets.current(tenant) } };
    },
  });

/** Creates a new signing secret. Requests also carry a signature by the previous secret until it expires. */
export const rotateSigningSecret = ({ db, now }: Pick<Platform, 'db' | 'now'>, secrets: SigningSecrets) =>
  operation({
    async handle({ caller: { tenant } }) {
      if (!(await acquireRotation(db, tenant, now()))) {
        const message = 'The signing secret was rotated just now; GET /signing-secret shows it';
        throw new JobdeckError('conflict', 'signing_secret.rotated', message);
      }
      const secret = await secrets.rotate(tenant);
      return {
        status: 200,
        body: { secret, previous_valid_until: new Date(now() + ROTATION_OVERLAP_MS).toISOString() },
      };
    },
  });
