import type { ErrorMapper } from '../http/problem.ts';

/** `{ "error": "Job not found" }` */
export const runnerErrors: ErrorMapper = ({ message }) => ({ error: message });
