import type { ErrorMapper, Problem } from '../http/problem.ts';
import { QUERY_INVALID } from './invalid-query.ts';

/**
 * Error codes by kind: those of the flow jobs contract (`not_found`, `conflict`, `invalid_operation`) and further ones
 * in the same style.
 */
const CODE_BY_KIND: Readonly<Record<Problem['kind'], string>> = {
  invalid: 'invalid_request',
  unauthenticated: 'unauthorized',
  forbidden: 'forbidden',
  not_found: 'not_found',
  method: 'method_not_allowed',
  conflict: 'conflict',
  precondition: 'precondition_failed',
  too_large: 'too_large',
  unsupported_type: 'unsupported_type',
  unprocessable: 'invalid_operation',
  limited: 'too_many_requests',
  unavailable: 'unavailable',
  internal: 'internal_error',
};

/** Creates error responses such as `{ "errors": [{ "code": "not_found", "message": "Job not found" }] }`. */
export const flowsErrors: ErrorMapper = ({ kind, code, message }) => ({
  errors: [{ code: code === QUERY_INVALID ? 'invalid_query' : CODE_BY_KIND[kind], message }],
});
