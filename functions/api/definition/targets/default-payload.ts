import { anyJson, withKeywords } from '../../http/input-schemas.ts';

/** Returns a new schema of the payload of runs that have none of their own. */
export const defaultPayload = () =>
  withKeywords(anyJson(), { description: 'Any JSON value: the payload of runs without one of their own.' });
