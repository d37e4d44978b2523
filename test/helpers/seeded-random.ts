/** Creates a deterministic generator of numbers in [0, 1) (xorshift32). */
export function seededRandom(seed: number): () => number {
  let s = Math.imul(seed, 2_654_435_761) >>> 0 || 1;
  return () => {
    s ^= s << 13;
    s >>>= 0;
    s ^= s >>> 17;
    s ^= s << 5;
    s >>>= 0;
    return s / 2 ** 32;
  };
}
