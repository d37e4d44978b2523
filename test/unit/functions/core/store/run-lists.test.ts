import { describe, expect, it } from 'vitest';
import { listHistory } from '../../../../../functions/core/store/run-lists.ts';
import { putRun } from '../../../../../functions/core/store/runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { givenJob } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { testPlatform } from '../../../../helpers/fakes/platform.ts';

describe('listHistory', () => {
  it('names the filter that too few of the runs match that one request reads', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenJob(platform);
    for (const n of [1, 2, 3]) await putRun(platform.db, endedRun(job, n));
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const list = (q: object) => listHistory(platform.db, ref, { limit: 1, now: platform.now(), maxRows: 2, ...q });

    const byTag = list({ field: 'tag', matches: () => false });
    const byStatus = list({ states: ['failed'] });

    await expect(byTag).rejects.toThrow('tag: fewer than 1 runs match among the newest 2; ask for a smaller limit');
    await expect(byStatus).rejects.toThrow('status: fewer than 1 runs match among the newest 2');
  });
});
