import { DELIVERY_STATES } from '../../core/domain/notification/delivery.ts';
import { documented, fields, matching, oneOf, orDefault } from '../http/shapes.ts';

const DEFAULT_LIMIT = 50;
const MOST = 1_000;

const limit = documented(matching(/^([1-9]\d{0,2}|1000)$/, `1–${MOST}`), {
  type: 'integer',
  minimum: 1,
  maximum: MOST,
}).transform(Number);

/** What `GET /v1/notifications/deliveries` may be asked for. */
export const deliveriesQuery = fields(
  {
    limit: orDefault(limit, DEFAULT_LIMIT),
    state: orDefault(oneOf(DELIVERY_STATES), null),
    before: orDefault(matching(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of a delivery'), null),
  },
  'query parameter',
);
