import { createHash } from 'node:crypto';

/**
 * How long each tick of a job waits, in milliseconds: 0 to `jitterSeconds` × 1000, always the same for one key and
 * spread evenly over the keys.
 */
export function jitterMs(jobKey: string, jitterSeconds: number): number {
  const bytes = 6;
  const share = createHash('sha256').update(jobKey).digest().readUIntBE(0, bytes) / 2 ** (8 * bytes);
  return Math.floor(share * (jitterSeconds * 1000 + 1));
}
