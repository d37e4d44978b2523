import * as z from 'zod';
import { withKeywords } from '../http/input-schemas.ts';
import type { ParameterDoc } from '../http/route.ts';

/** Declares a path parameter. */
export const pathParameter = <const Name extends string>(
  name: Name,
  description: string,
  example: string,
  schema: z.ZodType = z.string(),
): Readonly<Record<Name, ParameterDoc>> =>
  ({ [name]: { name, description, schema, required: true, example } }) as Readonly<
    Record<string, ParameterDoc>
  > as Readonly<Record<Name, ParameterDoc>>;

/** Names a schema, so that the document refers to it as a component. */
export const namedSchema = <Shape extends z.ZodType>(id: string, shape: Shape): Shape => withKeywords(shape, { id });

/** Non-negative integer. */
export const nonNegativeInteger = () => z.int().min(0);
export const fraction = () => z.number().min(0).max(1);
/** ISO 8601 time in UTC with milliseconds. */
export const timestamp = () => withKeywords(z.string(), { format: 'date-time' });
/** Epoch milliseconds. */
export const epochMilliseconds = () => withKeywords(z.int().min(0), { description: 'Epoch milliseconds.' });
export const jsonObject = () => z.record(z.string(), z.unknown());

/** Header of requests that change a job, on every surface. */
export const IF_MATCH: ParameterDoc = {
  name: 'If-Match',
  description:
    'Entity tags, or `*`: the request is refused (412) unless the job is at a version that they name. Weak tags match none.',
  schema: z.string(),
  example: '"a1b2c3d4e5-3"',
};

/** Header of responses with one job: the version of its definition. */
export const ETAG = { ETag: 'The version of the job’s definition, for `If-Match`.' };

export const IDEMPOTENCY_KEY: ParameterDoc = {
  name: 'Idempotency-Key',
  description: 'Asked again with the same key, it starts no second run, but answers with the first.',
  schema: z.string().regex(/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/),
  example: 'order-4711',
};
