import { DELIVERY_STATES } from '../../core/domain/notification/delivery.ts';
import { inputObject, matchingText, oneOf, orDefault, withKeywords } from '../http/input-schemas.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

const limit = withKeywords(matchingText(/^([1-9]\d{0,2}|1000)$/, `1–${MAX_LIMIT}`), {
  type: 'integer',
  minimum: 1,
  maximum: MAX_LIMIT,
}).transform(Number);

/** Parameters of `GET /v1/notifications/deliveries`. */
export const deliveriesQuery = inputObject(
  {
    limit: orDefault(limit, DEFAULT_LIMIT),
    state: orDefault(oneOf(DELIVERY_STATES), null),
    before: orDefault(matchingText(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of a delivery'), null),
  },
  'query parameter',
);
