import * as z from 'zod';
import { withKeywords } from '../http/input-schemas.ts';
import type { Operation, PublicOperation } from '../http/operation.ts';
import type { ErrorMapper, ErrorStatus } from '../http/problem.ts';
import type { Route } from '../http/route.ts';

/** What the document says of an operation beside what its shapes say themselves. */
export interface OperationDoc {
  /** What it does, in a few words. */
  readonly summary: string;
  /** What those words leave open. */
  readonly description?: string;
  /** Of each name in its path. */
  readonly pathParameters?: Readonly<Record<string, Parameter>>;
  /** Headers that mean something to it. */
  readonly headers?: readonly Parameter[];
  /** Shape of its query, where the operation leaves the check to what it calls. */
  readonly query?: z.ZodType;
  /** Shape of its body, where that says more than the one that is checked first. */
  readonly body?: z.ZodType;
  readonly bodyExample?: object;
  /** By status: what it answers when all is well. */
  readonly responses: Readonly<Record<number, ResponseDoc>>;
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

export interface ResponseDoc {
  readonly description: string;
  /** Of a JSON body; absent: there is none. */
  readonly body?: z.ZodType;
  readonly example?: object;
  /** Other types that the body may have instead, as text. */
  readonly textTypes?: readonly string[];
  /** By name, what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the document says of each operation of a route table. */
export type OperationDocs<R extends Route> = { readonly [Name in R['operation']]: OperationDoc };

export interface DocumentedSurface {
  readonly name: string;
  /** What its operations have in common. */
  readonly description: string;
  readonly routes: readonly Route[];
  readonly operations: Readonly<Record<string, Operation | PublicOperation>>;
  readonly docs: Readonly<Record<string, OperationDoc>>;
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
export const pathParameter = (name: string, description: string, example: string, schema: z.ZodType = z.string()) => ({
  [name]: { name, description, schema, required: true, example } satisfies Parameter,
});

/** A shape that other shapes refer to by its name. */
export const namedSchema = <Shape extends z.ZodType>(id: string, shape: Shape): Shape => withKeywords(shape, { id });

/** Shapes of what answers hold. */
export const nonNegativeInteger = () => z.int().min(0);
export const fraction = () => z.number().min(0).max(1);
/** ISO 8601, in UTC with milliseconds. */
export const timestamp = () => withKeywords(z.string(), { format: 'date-time' });
/** Epoch milliseconds. */
export const epochMilliseconds = () => withKeywords(z.int().min(0), { description: 'Epoch milliseconds.' });
export const jsonObject = () => z.record(z.string(), z.unknown());

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
