import * as z from 'zod';
import { withKeywords } from '../http/input-schemas.ts';
import type { Operation, PublicOperation } from '../http/operation.ts';
import type { ErrorMapper, ErrorStatus } from '../http/problem.ts';
import type { Route } from '../http/route.ts';

/** The texts and examples of an operation that its schemas do not contain. */
export interface OperationDoc {
  /** The effect of the operation, in a few words. */
  readonly summary: string;
  /** Further details, in Markdown. */
  readonly description?: string;
  /** The parameters of the path by name. */
  readonly pathParameters?: Readonly<Record<string, Parameter>>;
  /** Headers that the operation reads. */
  readonly headers?: readonly Parameter[];
  /** Schema of the query, if the operation validates the query itself. */
  readonly query?: z.ZodType;
  /** Schema of the body, if it is more specific than the one that validates the request. */
  readonly body?: z.ZodType;
  readonly bodyExample?: object;
  /** Successful responses by status. */
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  /** Statuses of errors in addition to those that every route may answer with. */
  readonly errors?: readonly ErrorStatus[];
}

export interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  /** Always set for path parameters. @defaultValue false */
  readonly required?: boolean;
  readonly example?: string;
}

export interface ResponseDoc {
  readonly description: string;
  /** Schema of a JSON body. @defaultValue no body */
  readonly body?: z.ZodType;
  readonly example?: object;
  /** Content types that the body may have instead of JSON; their body is text. */
  readonly textTypes?: readonly string[];
  /** Descriptions of the response headers by name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The documentation of each operation in a route table. */
export type OperationDocs<R extends Route> = { readonly [Name in R['operation']]: OperationDoc };

export interface DocumentedSurface {
  readonly name: string;
  /** Description of the surface's tag. */
  readonly description: string;
  readonly routes: readonly Route[];
  readonly operations: Readonly<Record<string, Operation | PublicOperation>>;
  readonly docs: Readonly<Record<string, OperationDoc>>;
  readonly errors: ErrorMapper;
  /** Schema of the error responses. */
  readonly errorBody: z.ZodType;
  /**
   * The header `x-tenantid` is required.
   *
   * @defaultValue false
   */
  readonly tenantHeader?: boolean;
}

/** Declares a path parameter. */
export const pathParameter = (name: string, description: string, example: string, schema: z.ZodType = z.string()) => ({
  [name]: { name, description, schema, required: true, example } satisfies Parameter,
});

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
export const IF_MATCH: Parameter = {
  name: 'If-Match',
  description:
    'Entity tags, or `*`: the request is refused (412) unless the job is at a version that they name. Weak tags match none.',
  schema: z.string(),
  example: '"a1b2c3d4e5-3"',
};

/** Header of responses with one job: the version of its definition. */
export const ETAG = { ETag: 'The version of the job’s definition, for `If-Match`.' };

export const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  description: 'Asked again with the same key, it starts no second run, but answers with the first.',
  schema: z.string().regex(/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/),
  example: 'order-4711',
};
