import * as z from 'zod';
import type { DeadLetterView } from '../../functions/api/runner/dead-letter.ts';
import { path } from '../cli/api.ts';
import { toTime } from '../cli/time.ts';
import { fetchFittingPage, leftOut, OLDER, omitEmpty } from './answer.ts';
import { item, items, limit } from './inputs.ts';
import { defineTool } from './tool.ts';

const KINDS = ['tick', 'run', 'notification', 'chain'] as const;
/** The field of the list in responses and answers. */
const LIST_FIELD = 'dead_letters';

const list = defineTool({
  name: 'list_dead_letters',
  title: 'List dead letters',
  effect: 'read',
  description:
    'Messages that the platform gave up, newest first: ticks that made no run, runs that no worker could execute, ' +
    'notifications that could not be sent. Use it when expected runs or notifications are missing; ordinary failed runs ' +
    'are in list_failures. With id, returns one with the present state of its run or delivery. Kept for 30 days; needs a ' +
    'role that may operate.',
  input: {
    id: z.string().optional().describe('Returns this dead letter only.'),
    kind: z.enum(KINDS).optional(),
    cursor: z.string().optional().describe('The next_cursor of the previous answer.'),
    limit: limit(20, 200),
  },
  output: {
    [LIST_FIELD]: items('id, kind, sent_at, given_up_at, cause, job_id, run_id, scheduled_at, task, delivery_id.'),
    dead_letter: item().describe('The requested one, with state: null if its run or delivery no longer exists.'),
    next_cursor: z.string().nullable(),
  },
  async call({ id, kind, cursor, limit: count }, { api, maxBytes }) {
    if (id !== undefined) {
      return await api.get<{ readonly dead_letter: object }>(path`/dead-letters/${id}`);
    }
    const { page, items: messages } = await fetchFittingPage(
      count,
      maxBytes,
      async (size) => {
        const query = { kind, before: cursor, limit: size };
        const found = await api.get<{ readonly [LIST_FIELD]: readonly DeadLetterView[] }>('/dead-letters', query);
        return { messages: found[LIST_FIELD], size };
      },
      (fetched) => fetched.messages.map((message) => omitEmpty({ ...message })),
    );
    const next = page.messages.length < page.size ? null : (page.messages.at(-1)?.id ?? null);
    return { [LIST_FIELD]: messages, next_cursor: next, ...leftOut(next !== null && OLDER) };
  },
});

const replay = defineTool({
  name: 'replay_dead_letters',
  title: 'Replay dead letters',
  effect: 'set',
  description:
    'Repeats the failed runs and missed ticks of dead letters, at most once each, and sends their notifications again. ' +
    'Select by ids of list_dead_letters, or by kind and send time. Call it with dry_run=true first.',
  input: {
    ids: z.array(z.string()).min(1).max(500).optional().describe('Exactly these; excludes the filters.'),
    kind: z.enum(KINDS).optional(),
    since: z.string().optional().describe('Sent since: ISO 8601 or an age such as 1h.'),
    until: z.string().optional().describe('Sent before: ISO 8601 or an age such as 1h.'),
    limit: limit(100, 500),
    dry_run: z.boolean().default(false).describe('Reports what would be replayed and does nothing.'),
  },
  output: {
    matched: z.int(),
    replayed: items('id, new_run_id, delivery.'),
    skipped: items('id and reason.'),
    left: z.int().describe('Selected dead letters that remain for another call.'),
    dry_run: z.boolean(),
  },
  async call({ since, until, ...selection }, { api, now }) {
    return await api.post('/dead-letters/replay', {
      ...selection,
      since: toTime(since, 'since', now),
      until: toTime(until, 'until', now),
    });
  },
});

export const deadLetterTools = [list, replay];
