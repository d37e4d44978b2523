/**
 * Returns the value of a `ttl` attribute in epoch seconds.
 *
 * @param expiresAt epoch milliseconds
 */
export const toTtl = (expiresAt: number): number => Math.ceil(expiresAt / 1_000);
