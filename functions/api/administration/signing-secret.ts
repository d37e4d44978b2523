import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import { ROTATION_OVERLAP_MS } from '../../core/domain/signing-secret.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { SigningSecrets } from '../../core/platform/signing-secrets.ts';
import { acquireRotation } from '../../core/store/rotations.ts';
import { route } from '../http/route.ts';
import { timestamp } from '../openapi/common-schemas.ts';

export interface SigningSecretDependencies extends Pick<Platform, 'db' | 'now'> {
  readonly signingSecrets: SigningSecrets;
}

/** Receivers of `http` jobs and notifications verify Jobdeck's signatures with the signing secret. */
export const signingSecretRoutes = [
  route({
    method: 'GET',
    path: '/signing-secret',
    operation: 'getSigningSecret',
    action: 'define',
    audited: true,
    openapi: () => ({ summary: 'Get the secret that signs outgoing requests' }),
    responses: () => ({ 200: { description: 'The newest secret.', body: z.object({ secret: z.string() }) } }),
    async handle({ caller: { tenant } }, { signingSecrets }: Pick<SigningSecretDependencies, 'signingSecrets'>) {
      return { status: 200, body: { secret: await signingSecrets.current(tenant) } };
    },
  }),
  route({
    method: 'POST',
    path: '/signing-secret/rotate',
    operation: 'rotateSigningSecret',
    action: 'define',
    openapi: () => ({
      summary: 'Create a new signing secret',
      description: 'Until `previous_valid_until` requests also carry a signature by the previous secret.',
      errors: [409],
    }),
    responses: () => ({
      200: {
        description: 'The new secret.',
        body: z.object({ secret: z.string(), previous_valid_until: timestamp() }),
      },
    }),
    async handle({ caller: { tenant } }, { db, now, signingSecrets }: SigningSecretDependencies) {
      if (!(await acquireRotation(db, tenant, now()))) {
        const message = 'The signing secret was rotated just now; GET /signing-secret shows it';
        throw new JobdeckError('conflict', 'signing_secret.rotated', message);
      }
      const secret = await signingSecrets.rotate(tenant);
      return {
        status: 200,
        body: { secret, previous_valid_until: new Date(now() + ROTATION_OVERLAP_MS).toISOString() },
      };
    },
  }),
];
