import { createHash } from 'node:crypto';

/**
 * Returns the delay of a job's ticks in milliseconds: 0 to `jitterSeconds` × 1000, constant per key and evenly
 * distributed over keys.
 */
export function jitterMs(jobKey: string, jitterSeconds: number): number {
  const bytes = 6;
  const share = createHash('sha256').update(jobKey).digest().readUIntBE(0, bytes) / 2 ** (8 * bytes);
  return Math.floor(share * (jitterSeconds * 1000 + 1));
}
