import { type ErrorKind, JobdeckError } from '../../core/domain/errors.ts';

/** Status codes of error responses. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 429 | 500 | 503;

const STATUS_BY_KIND: Readonly<Record<ErrorKind, ErrorStatus>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method: 405,
  conflict: 409,
  precondition: 412,
  too_large: 413,
  unsupported_type: 415,
  unprocessable: 422,
  limited: 429,
  unavailable: 503,
};

/** The part of an error that clients may see. */
export interface Problem {
  readonly status: ErrorStatus;
  readonly kind: ErrorKind | 'internal';
  /** Stable code such as `run.not_found`; `internal` for all unexpected errors. */
  readonly code: string;
  readonly message: string;
  /** ISO 8601. */
  readonly time: string;
}

/** Creates the body of an error response in the format of the surface. */
export type ErrorMapper = (problem: Problem) => object;

/**
 * Returns the part of an error that clients may see. For an unexpected error this is only the id of the request that
 * logged it.
 */
export function toProblem(error: unknown, requestId: string, time: string): Problem {
  if (error instanceof JobdeckError) {
    const { kind, code, message } = error;
    return { status: STATUS_BY_KIND[kind], kind, code, message, time };
  }
  const message = `Internal error; it is logged as request ${requestId}`;
  return { status: 500, kind: 'internal', code: 'internal', message, time };
}
