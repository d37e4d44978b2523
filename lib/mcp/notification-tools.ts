import * as z from 'zod';
import type { DefaultsView } from '../../functions/api/administration/notifications.ts';
import { items } from './inputs.ts';
import { defineTool } from './tool.ts';

const output = {
  on_failure: z.string().nullable(),
  on_success: z.string().nullable(),
  on_late: z.string().nullable(),
  rules: items('name, match (tag, job), on (events), consecutive_failures, to.'),
};

const getNotifications = defineTool({
  name: 'get_notifications',
  title: 'Get destinations and rules of notifications',
  effect: 'read',
  description:
    'Where failures, successes and late runs are announced by default, and the rules that announce events of several ' +
    'jobs. A destination of a job itself (on_failure in get_job) has precedence over the default. list_deliveries shows ' +
    'what was sent. Needs the role to define jobs.',
  input: {},
  output,
  async call(_input, { api }) {
    return { ...(await api.get<DefaultsView>('/v1/notifications')) };
  },
});

const destination = (event: string) =>
  z.string().nullable().default(null).describe(`Default destination of ${event}; null sends none.`);

const setNotifications = defineTool({
  name: 'set_notifications',
  title: 'Replace destinations and rules of notifications',
  effect: 'replace',
  description:
    'Replaces all default destinations and rules: call get_notifications first, and send back what is to stay, because an ' +
    'omitted field is removed. A destination is slack:#channel, a URL of a webhook or another that the error for a wrong ' +
    'one lists.',
  input: {
    on_failure: destination('failures'),
    on_success: destination('successes'),
    on_late: destination('late runs'),
    rules: items('{ name, match: { tag?, job? }, on: [failure, recovered, …], consecutive_failures?, to }.').default(
      [],
    ),
  },
  output,
  async call(settings, { api }) {
    const { body } = await api.request<DefaultsView>('PUT', '/v1/notifications', { body: settings });
    return { ...body };
  },
});

export const notificationTools = [getNotifications, setNotifications];
