import type { ErrorMapper, ErrorStatus } from '../http/problem.ts';

/** Error labels by status: those of the admin job stats contract and further ones in the same style. */
const LABEL_BY_STATUS: Readonly<Record<ErrorStatus, string>> = {
  400: 'Invalid job name',
  401: 'Authentication failed',
  403: 'Insufficient permissions',
  404: 'Job not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Request too large',
  415: 'Unsupported media type',
  422: 'Invalid request',
  429: 'Too many requests',
  500: 'Server error',
  503: 'Service unavailable',
};

/**
 * Creates error responses such as `{ "success": false, "message": "…", "error": "Job not found", "timestamp":
 * "2026-03-02T01:03:00.000Z" }`.
 */
export const adminErrors: ErrorMapper = ({ status, message, time }) => ({
  success: false,
  message,
  error: LABEL_BY_STATUS[status],
  timestamp: time,
});
