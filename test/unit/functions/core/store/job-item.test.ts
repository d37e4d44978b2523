import { describe, expect, it } from 'vitest';
import { fromJob, toJob, toJobOutline } from '../../../../../functions/core/store/job-item.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';

describe('toJobOutline', () => {
  it('omits the payloads of the schedules, which the definition has', () => {
    const schedules = [{ schedule: '0 4 * * *', timezone: 'UTC', payload: { text: 'x'.repeat(1_000) } }];
    const item = fromJob(aJob({ schedules }));

    const outline = toJobOutline(item);

    expect(outline.schedules).toEqual([{ schedule: '0 4 * * *', timezone: 'UTC', payload: null }]);
    expect(toJob(item).schedules).toEqual(schedules);
  });
});
