import { JobdeckError } from '../../core/domain/errors.ts';
import type { NotificationDefaults } from '../../core/domain/notification/delivery.ts';
import {
  type DestinationRules,
  NO_NOTIFICATION,
  validateDestination,
} from '../../core/domain/notification/destination.ts';
import { isUlid } from '../../core/domain/run-id.ts';
import { retryDelivery as tryNow } from '../../core/engine/notifications/retry-delivery.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listDeliveries as findDeliveries, getDelivery } from '../../core/store/deliveries.ts';
import { getNotificationDefaults, putNotificationDefaults } from '../../core/store/notification-defaults.ts';
import { inputObject, orDefault, text } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { deliveriesQuery } from './deliveries-query.ts';
import { toDeliveryView } from './delivery-view.ts';

const destinationField = () => orDefault(text(256), null);
const newDefaultsSchema = inputObject({
  on_failure: destinationField(),
  on_success: destinationField(),
  on_late: destinationField(),
});

/**
 * Returns the default destinations of the tenant's notifications. They apply to jobs without destinations of their own;
 * `null` sends no notification.
 */
export const getNotifications = ({ db }: Pick<Platform, 'db'>) =>
  operation({
    async handle({ caller: { tenant } }) {
      return { status: 200, body: toDefaultsView(await getNotificationDefaults(db, tenant)) };
    },
  });

/**
 * Replaces the default destinations, for runs that end or become late from now on. A missing field is treated as null.
 */
export const putNotifications = ({ db }: Pick<Platform, 'db'>, rules: DestinationRules) =>
  operation({
    body: newDefaultsSchema,
    async handle({ caller: { tenant }, body }) {
      for (const field of ['on_failure', 'on_success', 'on_late'] as const)
        validateDestination(field, body[field], rules);
      const defaults = {
        onFailure: withoutSilent(body.on_failure),
        onSuccess: withoutSilent(body.on_success),
        onLate: withoutSilent(body.on_late),
      };
      await putNotificationDefaults(db, tenant, defaults);
      return { status: 200, body: toDefaultsView(defaults) };
    },
  });

/** Lists deliveries, newest first. */
export const listDeliveries = ({ db, now }: Pick<Platform, 'db' | 'now'>) =>
  operation({
    query: deliveriesQuery,
    async handle({ caller: { tenant }, query }) {
      const deliveries = await findDeliveries(db, tenant, { ...query, now: now() });
      return { status: 200, body: deliveries.map(toDeliveryView) };
    },
  });

/** Retries a pending or abandoned delivery immediately and extends its retries by one day. */
export const retryDelivery = ({ db, now, queues }: Pick<Platform, 'db' | 'now' | 'queues'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      const at = now();
      const find = async () => (isUlid(id) ? getDelivery(db, tenant, id, at) : undefined);
      const delivery = await find();
      if (!delivery) throw deliveryNotFoundError();
      if (delivery.state === 'delivered') {
        throw new JobdeckError('conflict', 'delivery.delivered', 'It was delivered; nothing is left to be tried');
      }
      await tryNow({ db, now, queues }, delivery);
      return { status: 202, body: toDeliveryView((await find()) ?? delivery) };
    },
  });

/** Maps `none` to null: both send no notification. */
const withoutSilent = (value: string | null) => (value === NO_NOTIFICATION ? null : value);

const toDefaultsView = ({ onFailure, onSuccess, onLate }: NotificationDefaults) => ({
  on_failure: onFailure,
  on_success: onSuccess,
  on_late: onLate,
});

/** Creates the same error for a missing delivery and a delivery of another tenant. */
const deliveryNotFoundError = () => new JobdeckError('not_found', 'delivery.not_found', 'Delivery not found');
