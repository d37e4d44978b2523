import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SSMClient } from '@aws-sdk/client-ssm';
import { Env } from '../../lib/env.ts';
import { execute } from '../executors/index.ts';
import { addressRule } from '../executors/public-address.ts';
import { ScriptRunner } from '../executors/script/runner.ts';
import type { Execute } from '../lifecycle/work.ts';
import { privateNetworks, required } from '../platform/env.ts';
import { createSecretReader } from '../platform/secrets.ts';
import { createSigningSecrets } from '../platform/signing-secret.ts';

/** The executors on this function's bundle: `script-host.mjs` and `scripts/` lie beside it. */
export function createExecute(): Execute {
  const scripts = new ScriptRunner({ directory: dirname(fileURLToPath(import.meta.url)) });
  const [ssm, path] = [new SSMClient({}), required(Env.parameterPath)];
  const signingSecrets = createSigningSecrets(ssm, path);
  const secrets = createSecretReader(ssm, path);
  const mayConnect = addressRule(privateNetworks());
  scripts.prestart();
  return (execution) =>
    execute(execution, {
      scripts,
      mayConnect,
      signingSecrets: () => signingSecrets.valid(execution.tenant),
      secret: (name) => secrets(execution.tenant, name),
    });
}
