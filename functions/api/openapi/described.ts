import * as z from 'zod';
import type { Operation, PublicOperation } from '../http/operation.ts';
import type { ErrorMapper, ErrorStatus } from '../http/problem.ts';
import { documented } from '../http/shapes.ts';
import type { Route } from '../route.ts';

/** What the document says of an operation beside what its shapes say themselves. */
export interface Described {
  /** What it does, in a few words. */
  readonly summary: string;
  /** What those words leave open. */
  readonly description?: string;
  /** Of each name in its path. */
  readonly path?: Readonly<Record<string, Parameter>>;
  /** Headers that mean something to it. */
  readonly headers?: readonly Parameter[];
  /** Shape of its query, where the operation leaves the check to what it calls. */
  readonly query?: z.ZodType;
  /** Shape of its body, where that says more than the one that is checked first. */
  readonly body?: z.ZodType;
  readonly bodyExample?: object;
  /** By status: what it answers when all is well. */
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** Beside those that every route of its kind may answer. */
  readonly errors?: readonly ErrorStatus[];
}

export interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  /** @default false; in a path always */
  readonly required?: boolean;
  readonly example?: string;
}

export interface DescribedAnswer {
  readonly description: string;
  /** Of a JSON body; absent: there is none. */
  readonly body?: z.ZodType;
  readonly example?: object;
  /** Other types that the body may have instead, as text. */
  readonly texts?: readonly string[];
  /** By name, what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the document says of each operation of a route table. */
export type Descriptions<R extends Route> = { readonly [Name in R['operation']]: Described };

export interface DescribedSurface {
  readonly name: string;
  /** What its operations have in common. */
  readonly description: string;
  readonly routes: readonly Route[];
  readonly operations: Readonly<Record<string, Operation | PublicOperation>>;
  readonly descriptions: Readonly<Record<string, Described>>;
  readonly errors: ErrorMapper;
  /** Shape of what `errors` makes. */
  readonly errorBody: z.ZodType;
  /**
   * Whether `x-tenantid` has to be given.
   *
   * @default false
   */
  readonly tenantHeader?: boolean;
}

/** A parameter of a path. */
export const inPath = (name: string, description: string, example: string, schema: z.ZodType = z.string()) => ({
  [name]: { name, description, schema, required: true, example } satisfies Parameter,
});

/** A shape that other shapes refer to by its name. */
export const called = <Shape extends z.ZodType>(id: string, shape: Shape): Shape => documented(shape, { id });

/** Shapes of what answers hold. */
export const whole = () => z.int().min(0);
export const share = () => z.number().min(0).max(1);
/** ISO 8601, in UTC with milliseconds. */
export const moment = () => documented(z.string(), { format: 'date-time' });
/** Epoch milliseconds. */
export const epoch = () => documented(z.int().min(0), { description: 'Epoch milliseconds.' });
export const anyObject = () => z.record(z.string(), z.unknown());

/** Header of requests that change a job, on every surface. */
export const IF_MATCH: Parameter = {
  name: 'If-Match',
  description:
    'Entity tags, or `*`: the request is refused (412) unless the job is at a version that they name. Weak tags match none.',
  schema: z.string(),
  example: '"a1b2c3d4e5-3"',
};

/** Header of answers about one job: the version of its definition. */
export const ETAG = { ETag: 'The version of the job’s definition, for `If-Match`.' };

export const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  description: 'Asked again with the same key, it starts no second run, but answers with the first.',
  schema: z.string().regex(/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/),
  example: 'order-4711',
};
