import { isServiceUnavailable } from '../../platform/service-errors.ts';

/** Errors that a service reports as those of the caller, but that pass: throttling, quotas, expired credentials. */
const TRANSIENT = /throttl|toomanyrequests|limitexceeded|ratelimit|expiredtoken|requestexpired|unrecognizedclient/i;
/** Messages of transient errors that have a general name, such as `ClientException`. */
const TRANSIENT_MESSAGES = /capacity is unavailable|rate exceeded|reached the limit|too many concurrent/i;

/** @returns whether a service refuses a request, so that its repetition cannot succeed */
export function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error) || isServiceUnavailable(error)) return false;
  const { $fault } = error as Error & { readonly $fault?: unknown };
  return $fault === 'client' && !TRANSIENT.test(error.name) && !TRANSIENT_MESSAGES.test(error.message);
}

/** Formats an error of a service for the message of a run. */
export const formatRefusal = ({ name, message }: Error): string => `${name}: ${message}`;
