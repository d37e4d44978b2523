import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import { DELIVERY_STATES, type Delivery, deliveryRunId } from '../../core/domain/notification/delivery.ts';
import { NOTIFICATION_KINDS } from '../../core/domain/notification/kind.ts';
import { isUlid } from '../../core/domain/run-id.ts';
import { retryDelivery } from '../../core/engine/notifications/retry-delivery.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getDelivery, listDeliveries } from '../../core/store/deliveries.ts';
import { inputObject, matchingText, oneOf, orDefault, withKeywords } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, pathParameter, timestamp } from '../openapi/common-schemas.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

const limit = () =>
  withKeywords(matchingText(/^([1-9]\d{0,2}|1000)$/, `1–${MAX_LIMIT}`), {
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
  }).transform(Number);

const deliveriesQuery = lazy(() =>
  inputObject(
    {
      limit: orDefault(limit(), DEFAULT_LIMIT),
      state: orDefault(oneOf(DELIVERY_STATES), null),
      before: orDefault(matchingText(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of a delivery'), null),
    },
    'query parameter',
  ),
);

const deliverySchema = lazy(() =>
  namedSchema(
    'Delivery',
    z.object({
      id: z.string(),
      job: z.string(),
      /** The newest run in the notification. */
      run: z.string(),
      runs: nonNegativeInteger(),
      since: timestamp(),
      kind: z.enum(NOTIFICATION_KINDS),
      target: z.string(),
      rule: z
        .string()
        .nullable()
        .describe('The rule that caused the notification; `null` for the destination of the job.'),
      state: z.enum(DELIVERY_STATES),
      attempts: nonNegativeInteger(),
      lastError: z.string().nullable(),
      nextAttemptAt: timestamp().nullable(),
      createdAt: timestamp(),
      deliveredAt: timestamp().nullable(),
    }),
  ),
);
export type DeliveryView = ViewOf<typeof deliverySchema>;

export const deliveryRoutes = [
  route({
    method: 'GET',
    path: '/v1/notifications/deliveries',
    operation: 'listDeliveries',
    action: 'read',
    query: deliveriesQuery,
    openapi: () => ({ summary: 'List the deliveries of notifications, newest first' }),
    responses: () => ({
      200: {
        description: 'The deliveries. Fewer than `limit` are the end of the list.',
        body: z.array(deliverySchema()),
      },
    }),
    async handle({ caller: { tenant }, query }, { db, now }: Pick<Platform, 'db' | 'now'>) {
      const deliveries = await listDeliveries(db, tenant, { ...query, now: now() });
      return { status: 200, body: deliveries.map(toDeliveryView) };
    },
  }),
  // Extends the retries by one day.
  route({
    method: 'POST',
    path: '/v1/notifications/deliveries/{id}/retry',
    operation: 'retryDelivery',
    action: 'operate',
    openapi: () => ({
      summary: 'Retry a pending or abandoned delivery now',
      pathParameters: pathParameter('id', 'The delivery.', '01JNXA3V5T9YV0Q2Z6W8M4R7B1'),
      errors: [404, 409],
    }),
    responses: () => ({ 202: { description: 'The delivery in its current state.', body: deliverySchema() } }),
    async handle({ caller: { tenant }, params: { id } }, { db, now, queues }: Pick<Platform, 'db' | 'now' | 'queues'>) {
      const requestedAt = now();
      const find = async () => (isUlid(id) ? getDelivery(db, tenant, id, requestedAt) : undefined);
      const delivery = await find();
      if (!delivery) throw deliveryNotFoundError();
      if (delivery.state === 'delivered') {
        throw new JobdeckError('conflict', 'delivery.delivered', 'It was delivered; nothing is left to be tried');
      }
      await retryDelivery({ db, now, queues }, delivery);
      return { status: 202, body: toDeliveryView((await find()) ?? delivery) };
    },
  }),
];

/** Converts a delivery to its response. */
function toDeliveryView(delivery: Delivery): DeliveryView {
  const { id, jobId, kind, destination, rule, runs, since, state, attempts, lastError, createdAt, deliveredAt } =
    delivery;
  return {
    id,
    job: jobId,
    run: deliveryRunId(delivery),
    runs,
    since,
    kind,
    target: destination,
    rule,
    state,
    attempts,
    lastError,
    nextAttemptAt: state === 'pending' ? delivery.dueAt : null,
    createdAt,
    deliveredAt,
  };
}

/** Creates the same error for a missing delivery and a delivery of another tenant. */
const deliveryNotFoundError = () => new JobdeckError('not_found', 'delivery.not_found', 'Delivery not found');
