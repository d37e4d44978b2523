import { type ErrorKind, JobdeckError } from '../../core/domain/errors.ts';

/** Status codes that the platform answers errors with. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 422 | 429 | 500 | 503;

const STATUS_BY_KIND: Readonly<Record<ErrorKind, ErrorStatus>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method: 405,
  conflict: 409,
  precondition: 412,
  too_large: 413,
  unprocessable: 422,
  limited: 429,
  unavailable: 503,
};

/** An error as a client may see it. */
export interface Problem {
  readonly status: ErrorStatus;
  readonly kind: ErrorKind | 'internal';
  /** Stable: `run.not_found`; `internal` for everything that is nobody's to know. */
  readonly code: string;
  readonly message: string;
  /** When, ISO 8601. */
  readonly time: string;
}

/** The body that a surface answers an error with: its own shape. */
export type ErrorMapper = (problem: Problem) => object;

/** What a client is told of `error`: of an internal one, only where to look for it. */
export function toProblem(error: unknown, requestId: string, time: string): Problem {
  if (error instanceof JobdeckError) {
    const { kind, code, message } = error;
    return { status: STATUS_BY_KIND[kind], kind, code, message, time };
  }
  const message = `Internal error; it is logged as request ${requestId}`;
  return { status: 500, kind: 'internal', code: 'internal', message, time };
}
