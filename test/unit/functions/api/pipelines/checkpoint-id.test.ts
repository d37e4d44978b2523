import { expect, test } from 'vitest';
import { parseCheckpointId, publicCheckpointId } from '../../../../../functions/api/pipelines/checkpoint-id.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { acme } from '../../../../helpers/builders/executions.ts';
import { aFlowJob, aFlowRun } from '../../../../helpers/builders/flow-rows.ts';
import { START } from '../../../../helpers/fakes/platform.ts';

test('publicCheckpointId combines the epoch and the run id', () => {
  const { tenant, jobId, incarnation, ulid } = aFlowRun(aFlowJob({ tenant: acme, id: 'a_b.c-1' }), START);
  const ref = { tenant, jobId, incarnation, ulid };

  expect(publicCheckpointId(ref, 12)).toMatch(/^chk_12_[A-Za-z0-9_.-]+$/);
  expect(parseCheckpointId(acme, publicCheckpointId(ref, 12))).toEqual({ run: ref, epoch: 12 });
  for (const id of ['', 'chk_12', 'chk_0_a', `chk_x_${publicRunId(ref)}`, `12_${publicRunId(ref)}`, 'chk_12_job']) {
    expect(parseCheckpointId(acme, id)).toBeUndefined();
  }
});
