import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Execute } from '../core/engine/work.ts';
import { execute } from '../core/executors/index.ts';
import { addressRule } from '../core/executors/public-address.ts';
import { ScriptRunner } from '../core/executors/script/runner.ts';
import { privateNetworks, required } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createSecretReader } from '../core/platform/secrets.ts';
import { createSigningSecrets } from '../core/platform/signing-secret.ts';

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
