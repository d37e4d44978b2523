import { SSMClient } from '@aws-sdk/client-ssm';
import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createPlatformServices } from '../../core/platform/platform.ts';
import { createSigningSecrets } from '../../core/platform/signing-secrets.ts';
import { createCursorSigner } from '../http/cursor.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { runnerSurface } from './surface.ts';
import { invalidCursorError } from './tenant-runs.ts';

const platform = createPlatformServices();
const path = requireEnv(Env.parameterPath);

export const handler = createLambdaHandler(runnerSurface, platform, ({ db, aws }) => ({
  ...platform,
  db,
  signingSecrets: createSigningSecrets(new SSMClient(aws), path),
  cursors: createCursorSigner({ ...platform, db }, invalidCursorError),
}));
