/**
 * A quantile sketch: counts per bucket. Each bucket is 4 % wider than the previous one, so that its midpoint is within
 * 2 % of all its values. Sketches can be added bucket by bucket (logarithmic mapping of DDSketch; Masson, Rim and Lee,
 * VLDB 2019).
 */
const RELATIVE_ERROR = 0.02;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);

/** Counts by bucket number. */
export type Sketch = Readonly<Record<number, number>>;

/** Returns the bucket of a value. Values below 1 share bucket 0. */
export function bucketOf(value: number): number {
  return value <= 1 ? 0 : Math.ceil(Math.log(value) / Math.log(GAMMA));
}

/** Returns a value within 2 % of every value of a bucket; 0 for bucket 0. */
export function bucketMidpoint(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GAMMA ** bucket) / (GAMMA + 1);
}

/** Adds sketches. */
export function mergeSketches(sketches: readonly Sketch[]): Sketch {
  const merged: Record<number, number> = {};
  for (const sketch of sketches) {
    for (const [bucket, count] of Object.entries(sketch))
      merged[Number(bucket)] = (merged[Number(bucket)] ?? 0) + count;
  }
  return merged;
}

/** Returns the quantile `q` (0–1) within 2 %, or null for an empty sketch. */
export function quantile(sketch: Sketch, q: number): number | null {
  const buckets = Object.entries(sketch)
    .map(([bucket, count]) => [Number(bucket), count] as const)
    .sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  let left = q * (total - 1);
  for (const [bucket, count] of buckets) {
    if (left < count) return bucketMidpoint(bucket);
    left -= count;
  }
  return bucketMidpoint(buckets.at(-1)?.[0] ?? 0);
}
