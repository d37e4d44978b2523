import type { ErrorMapper } from '../http/problem.ts';

/** Formats errors as `{ "error": "Job not found" }`. */
export const runnerErrors: ErrorMapper = ({ message }) => ({ error: message });
