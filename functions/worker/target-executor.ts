import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { ExecuteTarget } from '../core/engine/execute/process-run-message.ts';
import { execute } from '../core/executors/execute.ts';
import { createAddressRule } from '../core/executors/http/public-address.ts';
import { ScriptRunner } from '../core/executors/script/script-runner.ts';
import { privateNetworks, requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createSecretReader } from '../core/platform/secrets.ts';
import { createSigningSecrets } from '../core/platform/signing-secrets.ts';

/** Creates the executors. `script-host.mjs` and `scripts/` must lie beside this function's bundle. */
export function createExecuteTarget(): ExecuteTarget {
  const scripts = new ScriptRunner({ directory: dirname(fileURLToPath(import.meta.url)) });
  const [ssm, path] = [new SSMClient({}), requireEnv(Env.parameterPath)];
  const signingSecrets = createSigningSecrets(ssm, path);
  const secrets = createSecretReader(ssm, path);
  const mayConnect = createAddressRule(privateNetworks());
  scripts.prestart();
  return (execution) =>
    execute(execution, {
      scripts,
      mayConnect,
      signingSecrets: () => signingSecrets.valid(execution.tenant),
      readSecret: (name) => secrets(execution.tenant, name),
    });
}
