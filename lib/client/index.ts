/**
 * Client of Jobdeck's HTTP API for Node.js and browsers.
 *
 * @packageDocumentation
 */
export type * from './api-types.ts';
export {
  type ApiErrorDetails,
  BadRequestError,
  ConflictError,
  ForbiddenError,
  JobdeckApiError,
  JobdeckConnectionError,
  NotFoundError,
  NotModifiedError,
  PreconditionFailedError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
} from './errors.ts';
export { JobdeckClient, type JobdeckClientOptions, type RunInput, type TriggerOptions } from './jobdeck-client.ts';
export type { ListArgument, ListItem, ListPath } from './lists.ts';
export type { InputArgument, Method, PathWith, RequestInput, ResponseData, Result } from './routes.ts';
export { hasEnded, RunTimeoutError, type WaitOptions } from './wait-for-run.ts';
