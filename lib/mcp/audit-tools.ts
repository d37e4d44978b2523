import * as z from 'zod';
import type { RecordView } from '../../functions/api/administration/audit-trail.ts';
import type { DeliveryView } from '../../functions/api/administration/deliveries.ts';
import { toTime } from '../cli/time.ts';
import { fetchFittingPage, leftOut, OLDER, omitEmpty } from './answer.ts';
import { items, limit, time } from './inputs.ts';
import { defineTool } from './tool.ts';

interface AuditPage {
  readonly audit: readonly RecordView[];
  readonly next: string | null;
}

const listAudit = defineTool({
  name: 'list_audit',
  title: 'List the audit trail',
  effect: 'read',
  description:
    'Who changed what and when, newest first: changes of jobs, runs, keys and secrets, and refused requests. Use it for "why does ' +
    'this job look different?" and "who canceled this run?". A status of null means that the outcome is unknown. Needs ' +
    'the role OWNER or ADMIN.',
  input: {
    actor: z.string().optional().describe('Name or id of the caller.'),
    action: z.string().optional().describe('An operation such as deleteJob, or an action such as define or operate.'),
    target: z.string().optional().describe('Id of a job, run or other target.'),
    since: time('Records since').optional(),
    until: time('Records before').optional(),
    cursor: z.string().optional().describe('The next_cursor of the previous answer, with the same filters.'),
    limit: limit(20, 200),
  },
  output: {
    audit: items('at, actor, roles, action, operation, surface, targets, status (HTTP), source_ip.'),
    next_cursor: z.string().nullable(),
  },
  async call({ actor, action, target, since, until, cursor, limit: count }, { api, now, maxBytes }) {
    const query = {
      actor,
      action,
      target,
      since: toTime(since, 'since', now),
      until: toTime(until, 'until', now),
      before: cursor,
    };
    const { page, items: records } = await fetchFittingPage(
      count,
      maxBytes,
      (size) => api.get<AuditPage>('/audit', { ...query, limit: size }),
      ({ audit }) => audit.map((record) => omitEmpty({ ...record, request_id: null })),
    );
    return { audit: records, next_cursor: page.next, ...leftOut(page.next !== null && OLDER) };
  },
});

const listDeliveries = defineTool({
  name: 'list_deliveries',
  title: 'List deliveries of notifications',
  effect: 'read',
  description:
    'Notifications that were sent or are being sent to Slack and webhooks, newest first, with attempts and the last error. ' +
    'Use it for "why was nobody notified?".',
  input: {
    state: z.enum(['pending', 'delivered', 'failed']).optional(),
    cursor: z.string().optional().describe('The next_cursor of the previous answer, with the same filters.'),
    limit: limit(20, 200),
  },
  output: {
    deliveries: items('id, job, run, kind, target, state, attempts, lastError, times.'),
    next_cursor: z.string().nullable(),
  },
  async call({ state, cursor, limit: count }, { api, maxBytes }) {
    const { page, items: deliveries } = await fetchFittingPage(
      count,
      maxBytes,
      async (size) => {
        const query = { state, before: cursor, limit: size };
        return { found: await api.get<readonly DeliveryView[]>('/v1/notifications/deliveries', query), size };
      },
      ({ found }) => found.map((delivery) => omitEmpty({ ...delivery })),
    );
    const next = page.found.length < page.size ? null : (page.found.at(-1)?.id ?? null);
    return { deliveries, next_cursor: next, ...leftOut(next !== null && OLDER) };
  },
});

export const auditTools = [listAudit, listDeliveries];
