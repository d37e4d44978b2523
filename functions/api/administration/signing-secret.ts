import { JobdeckError } from '../../core/domain/errors.ts';
import { ROTATION_OVERLAP_MS } from '../../core/domain/signing-secret.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { SigningSecrets } from '../../core/platform/signing-secrets.ts';
import { acquireRotation } from '../../core/store/rotations.ts';
import { operation } from '../http/operation.ts';

/** The secret by which the receivers of `http` jobs and notifications check that a request is Jobdeck's. */
export const getSigningSecret = (secrets: SigningSecrets) =>
  operation({
    async handle({ caller: { tenant } }) {
      return { status: 200, body: { secret: await secrets.current(tenant) } };
    },
  });

/** Makes a new secret. Requests carry a signature by the one before, too, until its time is over. */
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
