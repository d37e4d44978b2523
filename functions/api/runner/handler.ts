import { createApiPlatform } from '../../core/platform/api-platform.ts';
import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createOpen, createSeal } from '../../core/platform/envelope.ts';
import { createKms } from '../../core/platform/kms.ts';
import { createSigningSecrets } from '../../core/platform/signing-secrets.ts';
import { createCursorSigner } from '../http/cursor.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { runnerSurface } from './surface.ts';
import { invalidCursorError } from './tenant-runs.ts';

const platform = createApiPlatform();
const keyArn = requireEnv(Env.secretsKeyArn);

export const handler = createLambdaHandler(runnerSurface, platform, ({ db, aws }) => {
  const envelopes = { kms: createKms(aws), keyArn, now: platform.now };
  const services = { ...platform, db };
  return {
    ...services,
    signingSecrets: createSigningSecrets({ ...services, seal: createSeal(envelopes), open: createOpen(envelopes) }),
    cursors: createCursorSigner(services, invalidCursorError),
  };
});
