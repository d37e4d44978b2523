import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SQSClient } from '@aws-sdk/client-sqs';
import { lazy } from '../core/domain/lazy.ts';
import type { FlowPlatform, RecordObjects } from '../core/engine/flow/flow-platform.ts';
import { createAddressRule } from '../core/executors/http/public-address.ts';
import { privateNetworks, requireEnv, requireNumberEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createHostLimiter } from '../core/platform/host-limiter.ts';
import { createObjectsOnDemand } from '../core/platform/objects-on-demand.ts';
import { createOperatorLimiter } from '../core/platform/operator-limiter.ts';
import type { Platform } from '../core/platform/platform.ts';
import type { TenantSecrets } from '../core/platform/tenant-secrets.ts';

/** Loads the code that records what a run has read, at the first use. */
const loadRecordObjects = lazy(async (): Promise<RecordObjects> => {
  const [{ recordObjects }, { openFileActions }] = await Promise.all([
    import('../core/engine/flow/record-objects.ts'),
    import('../core/platform/s3-file-actions.ts'),
  ]);
  const files = openFileActions(requireEnv(Env.bucket));
  return (platform, run, tasks) => recordObjects(platform, files, run, tasks);
});

/** Creates the platform of the flow engine. `expression-host.mjs` must lie beside this function's bundle. */
export function createFlowPlatform(platform: Platform, secrets: Pick<TenantSecrets, 'read'>): FlowPlatform {
  const directory = dirname(fileURLToPath(import.meta.url));
  const objects = createObjectsOnDemand(requireEnv(Env.bucket));
  const services = {
    db: platform.db,
    objects,
    sqs: new SQSClient({}),
    sourceQueuePrefix: requireEnv(Env.sourceQueuePrefix),
    mayConnect: createAddressRule(privateNetworks()),
    now: platform.now,
    random: platform.random,
  };
  const takeHostToken = createHostLimiter(platform);
  const takeOperatorToken = createOperatorLimiter(platform);
  return {
    ...platform,
    objects,
    sliceMs: requireNumberEnv(Env.sliceMs),
    // Few runs start others, and validation is large.
    readTriggerInput: async (job, input) => (await import('./read-trigger-input.ts')).readTriggerInput(job, input),
    // Few flows record what they read.
    recordObjects: async (...parameters) => (await loadRecordObjects())(...parameters),
    // The code of the operators is large, and a worker that runs scripts needs none of it.
    open: async (flow, run, tasks, log, payload) => {
      const [{ openFlow }, { createChain }] = await Promise.all([
        import('../core/executors/flow/open-flow.ts'),
        import('../core/executors/flow/transforms/create-chain.ts'),
      ]);
      return openFlow(flow, {
        context: {
          ...services,
          run,
          pageSize: flow.pageSize,
          tasks,
          payload,
          log,
          takeHostToken: (host) => takeHostToken(run.tenant, host),
          takeOperatorToken: (operator, perSecond) => takeOperatorToken(run, operator, perSecond),
        },
        createChain: ({ transforms }, lookups) => createChain(transforms, { directory, payload, lookups }),
        readSecret: (name) => secrets.read(run.tenant, name),
      });
    },
  };
}
