/**
 * How often a random test tries: `few` times in `npm test`, which people wait for, and `many` with `JOBDECK_THOROUGH=1`,
 * which is how CI runs these tests, too.
 */
export const iterations = (few: number, many: number): number => (process.env.JOBDECK_THOROUGH ? many : few);
