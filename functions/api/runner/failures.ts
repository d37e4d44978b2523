import { InvalidInput } from '../../domain/errors.ts';
import { findFailures } from '../../lifecycle/failures.ts';
import type { Platform } from '../../platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { ANSWER_BYTES } from '../edge/answer.ts';
import { operation } from '../edge/operation.ts';
import { outOfTime } from '../edge/read-budget.ts';
import { causesView } from './causes.ts';
import { failuresQuery, rangeBefore } from './failures-query.ts';
import { fitRuns } from './fit.ts';
import { runView } from './run-view.ts';
import { REST_MS, SEARCH_ROWS } from './selection.ts';

/**
 * The failed runs that nobody has acknowledged, newest first; or their causes, the one that struck last first. `left`:
 * how many more failed runs there were than causes were made of.
 */
export const listFailures = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    query: failuresQuery,
    async handle({ caller: { tenant }, query: { limit, before, job_id, cause, group }, remainingMs }) {
      if (job_id) await requireJob(platform.db, tenant, job_id);
      const filter = {
        ...(job_id && { jobId: job_id }),
        ...(cause && { cause }),
        ...(before !== null && { created: await rangeBefore(platform, tenant, before) }),
      };
      const bounds = { rows: SEARCH_ROWS, hasTime: () => remainingMs() > REST_MS };
      if (group === 'cause') {
        const { runs, left } = await findFailures(platform, tenant, filter, { limit: SEARCH_ROWS, ...bounds });
        return { status: 200, body: { causes: causesView(runs).slice(0, limit), runs: runs.length, left } };
      }
      const { runs, left, outOfTime: isLate } = await findFailures(platform, tenant, filter, { limit, ...bounds });
      // A short page means the end.
      if (runs.length < limit && left > 0) {
        if (isLate) throw outOfTime();
        throw new InvalidInput('cause', `fewer than ${limit} of the newest failed runs match; ask for a smaller limit`);
      }
      return { status: 200, body: { failures: fitRuns(runs.map(runView), ANSWER_BYTES) } };
    },
  });
