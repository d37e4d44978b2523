import type { ErrorMapper } from '../http/problem.ts';

/** `{ "error": { "code": "job.not_found", "message": "…" } }` */
export const pipelinesErrors: ErrorMapper = ({ code, message }) => ({ error: { code, message } });
