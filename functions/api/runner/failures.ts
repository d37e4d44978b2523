import { InvalidInput } from '../../core/domain/errors.ts';
import { type FailureSearchResult, findFailures } from '../../core/engine/failures/find-failures.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { operation } from '../http/operation.ts';
import { requestTimeoutError } from '../http/read-budget.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';
import { type GroupRange, groupByCause, groupByMessage } from './failure-groups.ts';
import { failuresQuery, parseCreatedBefore } from './failures-query.ts';
import { MAX_SEARCH_ROWS, mostSelectiveField, RESPONSE_RESERVE_MS } from './run-selection.ts';
import { toRunView } from './run-view.ts';
import { truncateOutputsToFit } from './truncate-output.ts';

/**
 * Lists unacknowledged failed runs, newest first, or groups of these runs by cause or message, largest first. Groups
 * consist of the newest `MAX_SEARCH_ROWS` runs. `left` counts the failed runs that are on neither this page nor an
 * earlier one.
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
        ...(before !== null && { created: await parseCreatedBefore(platform, tenant, before) }),
      };
      const bounds = { maxRows: MAX_SEARCH_ROWS, hasTime: () => remainingMs() > RESPONSE_RESERVE_MS };
      if (group !== null) {
        const found = await findFailures(platform, tenant, filter, { limit: MAX_SEARCH_ROWS, ...bounds });
        return { status: 200, body: toGroupsBody(found, group, { after, limit }) };
      }
      const {
        runs,
        remaining: left,
        outOfTime: isLate,
      } = await findFailures(platform, tenant, filter, { limit, ...bounds });
      // A page shorter than `limit` means the end of the list, so an incomplete search must not return one.
      if (runs.length < limit && left > 0) {
        if (isLate) throw requestTimeoutError();
        const field = mostSelectiveField({ cause, message_id }, 'job_id');
        throw new InvalidInput(field, `fewer than ${limit} of the newest failed runs match; ask for a smaller limit`);
      }
      return { status: 200, body: { failures: truncateOutputsToFit(runs.map(toRunView), MAX_RESPONSE_BYTES) } };
    },
  });

function toGroupsBody({ runs, remaining: unread }: FailureSearchResult, group: 'cause' | 'message', range: GroupRange) {
  const { views, left, total, next } = group === 'cause' ? groupByCause(runs, range) : groupByMessage(runs, range);
  const rest = { runs: runs.length, left: unread + left, total, next };
  return group === 'cause' ? { causes: views, ...rest } : { messages: views, ...rest };
}
