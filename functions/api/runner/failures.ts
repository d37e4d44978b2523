import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { findFailures } from '../../core/engine/failures/find-failures.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { requestTimeoutError } from '../http/read-budget.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';
import { route } from '../http/route.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';
import { cause, failureMessage, groupByCause, groupByMessage } from './failure-groups.ts';
import { failuresQuery, parseCreatedBefore } from './failures-query.ts';
import { MAX_SEARCH_ROWS, mostSelectiveField, RESPONSE_RESERVE_MS } from './run-selection.ts';
import { run, toRunView } from './run-view.ts';
import { truncateOutputsToFit } from './truncate-output.ts';

const groupPageFields = () => ({
  runs: nonNegativeInteger().describe('Failed runs in all groups.'),
  left: nonNegativeInteger().describe('Failed runs that are on neither this page nor an earlier one.'),
  total: nonNegativeInteger().describe('Groups on all pages.'),
  next: z.string().nullable().describe('Value of `after` for the next page; `null` on the last page.'),
});

export const listFailures = route({
  method: 'GET',
  path: '/failures',
  operation: 'listFailures',
  action: 'read',
  polled: true,
  query: failuresQuery,
  openapi: () => ({
    summary: 'List unacknowledged failed runs',
    description:
      'Returns failed runs, newest first. `group=cause` groups them by job, kind and message, `group=message` by kind ' +
      'and message of any job, largest group first. Groups consist of the newest 5,000 runs.',
    errors: [404],
  }),
  responses: () => ({
    200: {
      description: 'Failed runs, or groups of failed runs.',
      body: z.union([
        z.object({ failures: z.array(run()) }),
        z.object({ causes: z.array(cause()), ...groupPageFields() }),
        z.object({ messages: z.array(failureMessage()), ...groupPageFields() }),
      ]),
    },
  }),
  async handle({ caller: { tenant }, query, remainingMs }, platform: Pick<Platform, 'db' | 'now'>) {
    const { limit, before, job_id, cause, message_id, group, after } = query;
    if (after !== null && group === null) throw new InvalidInput('after', 'requires group');
    if (job_id) await requireJob(platform.db, tenant, job_id);
    const filter = {
      ...(job_id && { jobId: job_id }),
      ...(cause && { cause }),
      ...(message_id && { messageId: message_id }),
      ...(before !== null && { created: await parseCreatedBefore(platform, tenant, before) }),
    };
    const bounds = { maxRows: MAX_SEARCH_ROWS, hasTime: () => remainingMs() > RESPONSE_RESERVE_MS };
    if (group !== null) {
      const { runs, remaining } = await findFailures(platform, tenant, filter, { limit: MAX_SEARCH_ROWS, ...bounds });
      const range = { after, limit };
      if (group === 'cause') {
        const { views: causes, left, total, next } = groupByCause(runs, range);
        return { status: 200, body: { causes, runs: runs.length, left: remaining + left, total, next } };
      }
      const { views: messages, left, total, next } = groupByMessage(runs, range);
      return { status: 200, body: { messages, runs: runs.length, left: remaining + left, total, next } };
    }
    const { runs, remaining, outOfTime } = await findFailures(platform, tenant, filter, { limit, ...bounds });
    // A page shorter than `limit` means the end of the list, so an incomplete search must not return one.
    if (runs.length < limit && remaining > 0) {
      if (outOfTime) throw requestTimeoutError();
      const field = mostSelectiveField({ cause, message_id }, 'job_id');
      throw new InvalidInput(field, `fewer than ${limit} of the newest failed runs match; ask for a smaller limit`);
    }
    return {
      status: 200,
      body: {
        failures: truncateOutputsToFit(
          runs.map((run) => toRunView(run)),
          MAX_RESPONSE_BYTES,
        ),
      },
    };
  },
});
