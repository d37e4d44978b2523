import type { Job } from '../../core/domain/job.ts';
import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import { inputObject, matchingText, queryFlag, queryInteger, withKeywords } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { invalidQueryError, validateQuery } from './invalid-query.ts';

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1_000;
const MAX_PAGE = 1_000_000;

const integrationId = () => matchingText(JOB_ID, JOB_ID_RULE).optional();

/** Parameters of `GET /v1/flows`. */
export const flowsQuery = lazy(() =>
  inputObject(
    {
      integration_id: integrationId(),
      _integrationId: integrationId(),
      disabled: queryFlag().optional(),
      pageSize: withKeywords(queryInteger(1, MAX_PAGE_SIZE), {
        description: `Without \`page\` and \`pageSize\` all flows are listed; ${DEFAULT_PAGE_SIZE} beside \`page\`.`,
      }).optional(),
      page: withKeywords(queryInteger(1, MAX_PAGE), { description: 'From 1.' }).optional(),
    },
    'query parameter',
  ),
);

/** The parsed query of `GET /v1/flows`. */
export interface FlowsQuery {
  readonly matches: (flow: Job) => boolean;
  /** `undefined` selects all matching flows. */
  readonly page?: { readonly number: number; readonly size: number };
}

/** @throws JobdeckError `query.invalid`, with the name of the parameter */
export function parseFlowsQuery(query: unknown): FlowsQuery {
  const { integration_id, _integrationId, disabled, pageSize, page } = validateQuery(flowsQuery(), query);
  if (integration_id !== undefined && _integrationId !== undefined) {
    throw invalidQueryError('_integrationId', 'must be absent beside integration_id, which is the same filter');
  }
  const wanted = integration_id ?? _integrationId;
  const isPaged = page !== undefined || pageSize !== undefined;
  return {
    matches: (flow) =>
      (wanted === undefined || flow.integrationId === wanted) && (disabled === undefined || flow.enabled !== disabled),
    ...(isPaged && { page: { number: page ?? 1, size: pageSize ?? DEFAULT_PAGE_SIZE } }),
  };
}
