import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecuteTarget } from '../core/engine/execute/process-run-message.ts';
import { execute } from '../core/executors/execute.ts';
import { createAddressRule } from '../core/executors/http/public-address.ts';
import { ScriptRunner } from '../core/executors/script/script-runner.ts';
import { readDeclaredTargets } from '../core/platform/declared-targets.ts';
import { privateNetworks } from '../core/platform/env.ts';
import { createScriptCredentials } from '../core/platform/script-credentials.ts';
import type { TenantSecrets } from '../core/platform/tenant-secrets.ts';

/** Creates the executors. `script-host.mjs` and `scripts/` must lie beside this function's bundle. */
export function createExecuteTarget(secrets: TenantSecrets): ExecuteTarget {
  const scripts = new ScriptRunner({ directory: dirname(fileURLToPath(import.meta.url)) });
  const mayConnect = createAddressRule(privateNetworks());
  const issueCredentials = createScriptCredentials();
  const targets = readDeclaredTargets();
  scripts.prestart();
  return (execution) =>
    execute(execution, {
      scripts,
      mayConnect,
      targets,
      signingSecrets: () => secrets.signing.valid(execution.tenant),
      readSecret: (name) => secrets.read(execution.tenant, name),
      issueCredentials: (script, durationMs) =>
        issueCredentials({ script, tenant: execution.tenant, runId: execution.runId, durationMs }),
    });
}
