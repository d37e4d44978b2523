/**
 * Returns the number of iterations of a randomized test: `few` by default, `many` with `JOBDECK_THOROUGH=1`, which CI
 * sets.
 */
export const iterations = (few: number, many: number): number => (process.env.JOBDECK_THOROUGH ? many : few);
