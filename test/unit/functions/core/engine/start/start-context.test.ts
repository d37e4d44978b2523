import { describe, expect, it } from 'vitest';
import { readStartContext } from '../../../../../../functions/core/engine/start/start-context.ts';
import { givenJob } from '../../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../../helpers/fakes/memory-db.ts';
import { testPlatform } from '../../../../../helpers/fakes/platform.ts';

/** Eventually consistent reads show no change within a test. */
const READ_LAG_MS = 3_600_000;

describe('readStartContext', () => {
  it('reads a job and its state consistently for a trigger', async () => {
    const platform = testPlatform(memoryDb(undefined, () => READ_LAG_MS));
    const job = await givenJob(platform);

    const consistent = await readStartContext(platform, job.tenant, job.id, true);
    const outdated = await readStartContext(platform, job.tenant, job.id);

    expect(consistent).toMatchObject({ job: { id: job.id }, state: { incarnation: job.incarnation } });
    expect(outdated).toMatchObject({ job: undefined, state: undefined });
  });
});
