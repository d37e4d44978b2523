import { createApiPlatform } from '../../core/platform/api-platform.ts';
import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createOpen, createSeal } from '../../core/platform/envelope.ts';
import { createHookSecrets } from '../../core/platform/hook-secrets.ts';
import { createKms } from '../../core/platform/kms.ts';
import { createSigningSecrets } from '../../core/platform/signing-secrets.ts';
import { createCursorSigner } from '../http/cursor.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { invalidCursorError } from './invalid-cursor.ts';
import { runnerSurface } from './surface.ts';

const platform = createApiPlatform();
const keyArn = requireEnv(Env.secretsKeyArn);
const apiUrl = requireEnv(Env.apiUrl);

export const handler = createLambdaHandler(runnerSurface, platform, ({ db, aws }, apiKeys) => {
  const envelopes = { kms: createKms(aws), keyArn, now: platform.now };
  const services = { ...platform, db };
  const sealing = { seal: createSeal(envelopes), open: createOpen(envelopes) };
  return {
    ...services,
    apiUrl,
    hookTokens: apiKeys,
    hookSecrets: createHookSecrets(sealing),
    signingSecrets: createSigningSecrets({ ...services, ...sealing }),
    cursors: createCursorSigner(services, invalidCursorError),
  };
});
