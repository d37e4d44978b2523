/** Returns the integers from 0 to `count` − 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Returns the numbers in ascending order. */
export const ascending = (values: readonly unknown[]): number[] => (values as number[]).toSorted((a, b) => a - b);
