import type { HttpTarget, ScriptTarget } from '../../../functions/core/domain/job.ts';
import type { StatePlace } from '../../../functions/core/domain/script-state.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { Execution, KeyValueStore } from '../../../functions/core/executors/execution.ts';

export const acme = parseTenantId('acme') as TenantId;

export function scriptTarget(
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): ScriptTarget {
  return { type: 'script', script, args, env };
}

export function httpTarget(url: string, target: Partial<HttpTarget> = {}): HttpTarget {
  return { type: 'http', url, method: 'GET', headers: {}, body: null, ...target };
}

/** An execution of `target` with a timeout of 20 s. */
export function anExecution(target: Execution['target'], execution: Partial<Execution> = {}): Execution {
  return {
    runId: 'report.k3f9.01JNXA3V5T9YV0Q2Z6W8M4R7B1',
    tenant: acme,
    jobId: 'report',
    attempt: 1,
    scheduledAt: null,
    target,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    state: memoryKeyValueStore(),
    trigger: async () => {
      throw new Error('the test starts no runs');
    },
    ...execution,
  };
}

/**
 * A key-value store in memory, without expiry.
 *
 * @param values holds the stored values by key, and by `<namespace>#<key>` outside of the namespace `default`
 */
export function memoryKeyValueStore(
  values = new Map<string, unknown>(),
): KeyValueStore & { readonly values: Map<string, unknown> } {
  return {
    values,
    get: async (place) => values.get(nameOf(place)),
    set: async (place, value) => {
      values.set(nameOf(place), value);
    },
    delete: async (place) => {
      values.delete(nameOf(place));
    },
  };
}

const nameOf = ({ namespace, key }: StatePlace) => (namespace === 'default' ? key : `${namespace}#${key}`);
