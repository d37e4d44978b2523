import type { ErrorMapper } from '../http/problem.ts';

/** Formats errors as `{ "error": { "code": "job.not_found", "message": "…" } }`. */
export const pipelinesErrors: ErrorMapper = ({ code, message }) => ({ error: { code, message } });
