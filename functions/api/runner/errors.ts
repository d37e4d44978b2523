import type { ErrorMapper } from '../edge/problem.ts';

/** `{ "error": "Job not found" }` */
export const runnerErrors: ErrorMapper = ({ message }) => ({ error: message });
