import type { ErrorMapper, ErrorStatus } from '../http/problem.ts';

/** Reason phrases by status (RFC 9110; 422 and 429 from RFC 4918 and RFC 6585). */
const REASON_BY_STATUS: Readonly<Record<ErrorStatus, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Creates error responses such as `{ "statusCode": 403, "message": "…", "error": "Forbidden" }`. */
export const integrationsErrors: ErrorMapper = ({ status, message }) => ({
  statusCode: status,
  message,
  error: REASON_BY_STATUS[status],
});
