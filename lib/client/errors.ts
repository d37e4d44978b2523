/** The content of an error response. */
export interface ApiErrorDetails {
  readonly status: number;
  readonly message: string;
  /** Error code, on surfaces whose errors have one: `job.not_found` (pipelines), `not_found` (flows). */
  readonly code: string | undefined;
  /** Id under which the API logs the request. */
  readonly requestId: string | undefined;
  /** Milliseconds after which the API allows another attempt, if it says so. */
  readonly retryAfterMs: number | undefined;
  /** The parsed body, or its text if the body is not JSON. */
  readonly body: unknown;
}

/** An error response of the API. */
export class JobdeckApiError extends Error implements ApiErrorDetails {
  override readonly name: string = 'JobdeckApiError';
  readonly status: number;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly body: unknown;

  constructor({ status, message, code, requestId, retryAfterMs, body }: ApiErrorDetails) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.body = body;
  }
}

/** Status 304: the resource still has the entity tag that `If-None-Match` names. */
export class NotModifiedError extends JobdeckApiError {
  override readonly name = 'NotModifiedError';
}

/** Status 400: the input is invalid. The message names the field, the rule and the received value. */
export class BadRequestError extends JobdeckApiError {
  override readonly name = 'BadRequestError';
}

/** Status 401: the token or API key is missing, expired or invalid. */
export class UnauthorizedError extends JobdeckApiError {
  override readonly name = 'UnauthorizedError';
}

/** Status 403: the roles of the token do not allow the operation, or the token belongs to another tenant. */
export class ForbiddenError extends JobdeckApiError {
  override readonly name = 'ForbiddenError';
}

/** Status 404: the resource does not exist, or belongs to another tenant. */
export class NotFoundError extends JobdeckApiError {
  override readonly name = 'NotFoundError';
}

/** Status 409: the current state of the resource does not allow the operation. */
export class ConflictError extends JobdeckApiError {
  override readonly name = 'ConflictError';
}

/** Status 412: the job is not at a version that `If-Match` names. */
export class PreconditionFailedError extends JobdeckApiError {
  override readonly name = 'PreconditionFailedError';
}

/** Status 429: a limit of the tenant, or of all tenants together, is reached. */
export class TooManyRequestsError extends JobdeckApiError {
  override readonly name = 'TooManyRequestsError';
}

/** Status 503: a dependency is unavailable, or the request ran out of time. */
export class ServiceUnavailableError extends JobdeckApiError {
  override readonly name = 'ServiceUnavailableError';
}

/** The API sent no complete response. `cause` is the error of the last attempt. */
export class JobdeckConnectionError extends Error {
  override readonly name = 'JobdeckConnectionError';
}

const CLASS_BY_STATUS: Readonly<Record<number, typeof JobdeckApiError>> = {
  304: NotModifiedError,
  400: BadRequestError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  412: PreconditionFailedError,
  429: TooManyRequestsError,
  503: ServiceUnavailableError,
};

/** Creates the error of the class that belongs to its status. */
export function createApiError(details: ApiErrorDetails): JobdeckApiError {
  return new (CLASS_BY_STATUS[details.status] ?? JobdeckApiError)(details);
}

/** Extracts message and code from an error body of any surface, or of API Gateway. */
export function parseErrorBody(body: unknown): { readonly message?: string; readonly code?: string } {
  const { error, message, errors } = toFields(body);
  const [first] = Array.isArray(errors) ? (errors as readonly unknown[]) : [];
  const candidates = [toFields(first), toFields(error), { message }, { message: error }];
  const found = candidates.find((candidate) => typeof candidate.message === 'string');
  if (!found) return {};
  return { message: found.message as string, ...('code' in found && { code: String(found.code) }) };
}

const toFields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
