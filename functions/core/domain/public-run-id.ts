import type { RunRef } from './run.ts';

const PUBLIC_ID = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})\.([a-z0-9]{6,12})\.([0-9A-HJKMNP-TV-Z]{26})$/;

/**
 * Parses a run id without its tenant. The module has no dependencies, because clients in browsers use it.
 *
 * @returns `undefined` if the text is not a run id
 */
export function parsePublicRunId(id: string): Omit<RunRef, 'tenant'> | undefined {
  const [, jobId, incarnation, ulid] = PUBLIC_ID.exec(id) ?? [];
  return jobId && incarnation && ulid ? { jobId, incarnation, ulid } : undefined;
}
