import { CHECKPOINT_POLICY, type Flow } from '../../../functions/core/domain/flow/flow.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import { FLOW_RETRY } from '../../../functions/core/domain/retry.ts';
import type { TestPlatform } from '../fakes/platform.ts';
import { givenJob } from './jobs.ts';

export function aFlow(overrides: Partial<Flow> = {}): Flow {
  return {
    pageSize: 10,
    parallelism: 2,
    onError: 'continue',
    checkpoints: CHECKPOINT_POLICY,
    sources: [{ id: 'source_1', name: 'Orders', type: 'inline', records: [] }],
    transforms: [],
    sinks: [{ id: 'sink_1', name: 'Kept', type: 'preview' }],
    ...overrides,
  };
}

export async function givenFlow(
  platform: TestPlatform,
  flow: Partial<Flow> = {},
  job: Partial<Job> = {},
): Promise<Job> {
  const target = { type: 'flow', flow: aFlow(flow) } as const;
  return givenJob(platform, { schedule: null, target, timeoutMs: null, retry: FLOW_RETRY, ...job });
}
