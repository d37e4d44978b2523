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
export const namedSchema = <Schema extends z.ZodType>(id: string, schema: Schema): Schema =>
  withKeywords(schema, { id });

/** Non-negative integer. */
export const nonNegativeInteger = () => z.int().min(0);
export const fraction = () => z.number().min(0).max(1);
/** ISO 8601 time in UTC with milliseconds. */
export const timestamp = () => withKeywords(z.string(), { format: 'date-time' });
/** Epoch milliseconds. */
export const epochMilliseconds = () => withKeywords(z.int().min(0), { description: 'Epoch milliseconds.' });
export const jsonObject = () => z.record(z.string(), z.unknown());

/** Header of requests that change a job, on every surface. */
export const ifMatchHeader = (): ParameterDoc => ({
  name: 'If-Match',
  description:
    'Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.',
  schema: z.string(),
  example: '"a1b2c3d4e5-3"',
});

/** Header of requests that create a job unless it exists. */
export const ifNoneMatchHeader = (): ParameterDoc => ({
  name: 'If-None-Match',
  description: '`*`: the request is rejected (412) if the job exists.',
  schema: z.literal('*'),
  example: '*',
});

/** Header of responses with one job: the version of its definition. */
export const ETAG = { ETag: 'The version of the job’s definition, for `If-Match`.' };

export const idempotencyKeyHeader = (): ParameterDoc => ({
  name: 'Idempotency-Key',
  description: 'A repeated request with the same key returns the first run instead of starting another one.',
  schema: z.string().regex(/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/),
  example: 'order-4711',
});
