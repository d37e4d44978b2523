import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { FlowPlatform } from '../core/engine/flow/flow-platform.ts';
import { openFlow } from '../core/executors/flow/open.ts';
import { createChain } from '../core/executors/flow/transforms/chain.ts';
import { addressRule } from '../core/executors/public-address.ts';
import { privateNetworks, required, requiredNumber } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createObjects } from '../core/platform/objects.ts';
import type { Platform } from '../core/platform/platform.ts';
import { createSecretReader } from '../core/platform/secrets.ts';

/** The platform with the flow engine on this function's bundle: `expression-host.mjs` lies beside it. */
export function withFlows(platform: Platform): FlowPlatform {
  const directory = dirname(fileURLToPath(import.meta.url));
  const secrets = createSecretReader(new SSMClient({}), required(Env.parameterPath));
  const objects = createObjects(new S3Client({}), required(Env.bucket));
  const outside = {
    db: platform.db,
    objects,
    sqs: new SQSClient({}),
    sourceQueuePrefix: required(Env.sourceQueuePrefix),
    mayConnect: addressRule(privateNetworks()),
    now: platform.now,
    random: platform.random,
  };
  return {
    ...platform,
    objects,
    sliceMs: requiredNumber(Env.sliceMs),
    open: (flow, run, tasks, log) =>
      openFlow(flow, {
        context: { ...outside, run, pageSize: flow.pageSize, tasks, log },
        createChain: ({ transforms }) => createChain(transforms, { directory }),
        secret: (name) => secrets(run.tenant, name),
      }),
  };
}
