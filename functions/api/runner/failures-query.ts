import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { createdKey } from '../../core/store/keys.ts';
import type { CreationRange } from '../../core/store/run-index.ts';
import { inputObject, matchingText, oneOf, orDefault, withKeywords } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { GROUP_CURSOR } from './failure-groups.ts';
import { causeId, findRequestedRuns, jobId, messageId } from './run-selection.ts';
import { limit } from './runs-query.ts';

/** Query of `GET /failures`. */
export const failuresQuery = lazy(() =>
  inputObject(
    {
      limit: limit(),
      before: orDefault(withKeywords(z.string(), { description: 'The run_id of a run, or an ISO 8601 time.' }), null),
      job_id: orDefault(jobId(), null),
      cause: orDefault(causeId(), null),
      message_id: orDefault(messageId(), null),
      group: orDefault(oneOf(['cause', 'message']), null),
      after: orDefault(matchingText(GROUP_CURSOR, 'the `next` of a page of groups'), null),
    },
    'query parameter',
  ),
);

/**
 * Parses `before`: the `run_id` of a run or an ISO 8601 time.
 *
 * @throws InvalidInput
 */
export async function parseCreatedBefore(
  platform: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  before: string,
): Promise<Partial<CreationRange>> {
  const time = Date.parse(before);
  if (/^\d{4}-\d\d-\d\dT/.test(before) && !Number.isNaN(time)) {
    return { through: new Date(Math.max(0, time - 1)).toISOString() };
  }
  const [named] = await findRequestedRuns(platform, tenant, [before]);
  if (named?.row && named.row.state !== 'skipped') {
    const { createdAt, flow } = named.row;
    return { after: createdKey(createdAt, named.row, flow !== null) };
  }
  throw new InvalidInput('before', `must be the run_id of a run or an ISO 8601 time, got '${before}'`);
}
