import { InvalidInput } from '../../core/domain/errors.ts';
import { type FoundFailures, findFailures } from '../../core/engine/failures.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { ANSWER_BYTES } from '../http/answer.ts';
import { operation } from '../http/operation.ts';
import { outOfTime } from '../http/read-budget.ts';
import { causesPage, type GroupRange, messagesPage } from './causes.ts';
import { failuresQuery, rangeBefore } from './failures-query.ts';
import { fitRuns } from './fit.ts';
import { runView } from './run-view.ts';
import { REST_MS, SEARCH_ROWS, searchedBy } from './selection.ts';

/**
 * Lists unacknowledged failed runs, newest first; or groups of these runs by cause or message, the largest group first.
 * Groups are made of the newest `SEARCH_ROWS` runs. `left`: failed runs that neither this page nor one before it counts.
 */
export const listFailures = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    query: failuresQuery,
    async handle({ caller: { tenant }, query, remainingMs }) {
      const { limit, before, job_id, cause, message_id, group, after } = query;
      if (after !== null && group === null) throw new InvalidInput('after', 'is for groups; name the `group`');
      if (job_id) await requireJob(platform.db, tenant, job_id);
      const filter = {
        ...(job_id && { jobId: job_id }),
        ...(cause && { cause }),
        ...(message_id && { messageId: message_id }),
        ...(before !== null && { created: await rangeBefore(platform, tenant, before) }),
      };
      const bounds = { rows: SEARCH_ROWS, hasTime: () => remainingMs() > REST_MS };
      if (group !== null) {
        const found = await findFailures(platform, tenant, filter, { limit: SEARCH_ROWS, ...bounds });
        return { status: 200, body: groupsBody(found, group, { after, limit }) };
      }
      const { runs, left, outOfTime: isLate } = await findFailures(platform, tenant, filter, { limit, ...bounds });
      // A short page means the end.
      if (runs.length < limit && left > 0) {
        if (isLate) throw outOfTime();
        const field = searchedBy({ cause, message_id }, 'job_id');
        throw new InvalidInput(field, `fewer than ${limit} of the newest failed runs match; ask for a smaller limit`);
      }
      return { status: 200, body: { failures: fitRuns(runs.map(runView), ANSWER_BYTES) } };
    },
  });

function groupsBody({ runs, left: unread }: FoundFailures, group: 'cause' | 'message', range: GroupRange) {
  const { views, left, total, next } = group === 'cause' ? causesPage(runs, range) : messagesPage(runs, range);
  const rest = { runs: runs.length, left: unread + left, total, next };
  return group === 'cause' ? { causes: views, ...rest } : { messages: views, ...rest };
}
