import { JobdeckError } from '../domain/errors.ts';

/**
 * Errors of a throttled or slow AWS service, by name. DynamoDB and SQS do not mark all of them as errors of the server.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const UNAVAILABLE_ERRORS = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'TimeoutError',
  'TooManyRequestsException',
]);

/** Codes of connection errors of Node. */
const CONNECTION_ERRORS = /^(?:ECONN|EPIPE$|ETIMEDOUT$|EHOSTUNREACH$|ENETUNREACH$|ENOTFOUND$|EAI_AGAIN$)/;

/**
 * @returns whether a call failed because the service is throttled, slow or unreachable, so that calls for other items will
 * fail too. The AWS SDK has repeated the call in vain.
 */
export function isServiceUnavailable(error: unknown): boolean {
  if (error instanceof JobdeckError) return error.kind === 'unavailable';
  if (!(error instanceof Error)) return false;
  const { name, code, $fault } = error as Error & { readonly code?: unknown; readonly $fault?: unknown };
  return (
    $fault === 'server' || UNAVAILABLE_ERRORS.has(name) || (typeof code === 'string' && CONNECTION_ERRORS.test(code))
  );
}
