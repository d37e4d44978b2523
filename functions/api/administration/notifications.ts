import * as z from 'zod';
import type { NotificationDefaults } from '../../core/domain/notification/delivery.ts';
import { NO_NOTIFICATION, validateDestination } from '../../core/domain/notification/destination.ts';
import { privateNetworks } from '../../core/platform/env.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getNotificationDefaults, putNotificationDefaults } from '../../core/store/notification-defaults.ts';
import { inputObject, orDefault, text } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';

const FIELDS = ['on_failure', 'on_success', 'on_late'] as const;

const destinationField = () => orDefault(text(256), null);
const newDefaultsSchema = lazy(() =>
  inputObject({
    on_failure: destinationField(),
    on_success: destinationField(),
    on_late: destinationField(),
  }),
);

const defaultsSchema = lazy(() =>
  z.object({
    on_failure: z.string().nullable(),
    on_success: z.string().nullable(),
    on_late: z.string().nullable(),
  }),
);
type DefaultsView = ViewOf<typeof defaultsSchema>;

/** The default destinations of a tenant's notifications. They apply to jobs without destinations of their own. */
export const notificationRoutes = [
  route({
    method: 'GET',
    path: '/v1/notifications',
    operation: 'getNotifications',
    action: 'define',
    openapi: () => ({ summary: 'Get the default destinations of notifications' }),
    responses: () => ({
      200: {
        description: 'The destinations for jobs without their own; null sends no notification.',
        body: defaultsSchema(),
      },
    }),
    async handle({ caller: { tenant } }, { db }: Pick<Platform, 'db'>) {
      return { status: 200, body: toDefaultsView(await getNotificationDefaults(db, tenant)) };
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/notifications',
    operation: 'putNotifications',
    action: 'define',
    body: newDefaultsSchema,
    openapi: () => ({
      summary: 'Replace the default destinations of notifications',
      description: 'They apply to runs that end or become late from now on. A missing field is treated as null.',
      bodyExample: { on_failure: 'slack:#ops', on_success: null, on_late: null },
    }),
    responses: () => ({ 200: { description: 'The destinations after the change.', body: defaultsSchema() } }),
    async handle({ caller: { tenant }, body }, { db }: Pick<Platform, 'db'>) {
      const rules = { plainHttp: privateNetworks().length > 0 };
      for (const field of FIELDS) validateDestination(field, body[field], rules);
      const defaults = {
        onFailure: withoutSilent(body.on_failure),
        onSuccess: withoutSilent(body.on_success),
        onLate: withoutSilent(body.on_late),
      };
      await putNotificationDefaults(db, tenant, defaults);
      return { status: 200, body: toDefaultsView(defaults) };
    },
  }),
];

/** Maps `none` to null: both send no notification. */
const withoutSilent = (value: string | null) => (value === NO_NOTIFICATION ? null : value);

const toDefaultsView = ({ onFailure, onSuccess, onLate }: NotificationDefaults): DefaultsView => ({
  on_failure: onFailure,
  on_success: onSuccess,
  on_late: onLate,
});
