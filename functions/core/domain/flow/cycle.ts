/**
 * The state of a search for cycles in a sequence: one earlier element, independent of the length of the sequence.
 *
 * @see R. P. Brent, "An improved Monte Carlo factorization algorithm", BIT 20 (1980): a repeating element is found
 * within three times the number of elements before the first repetition
 */
export interface CycleMark {
  readonly element: string;
  /** Number of elements since `element`. */
  readonly age: number;
  /** Age at which a later element replaces `element`; doubles each time. */
  readonly until: number;
}

/**
 * Adds the next element of a sequence.
 *
 * @param mark the state after the previous elements; null if there are none
 * @returns the state after the element, or the length of the cycle that the element closes
 */
export function addToSequence(mark: CycleMark | null, element: string): CycleMark | { readonly cycle: number } {
  if (mark === null) return { element, age: 0, until: 1 };
  const age = mark.age + 1;
  if (mark.element === element) return { cycle: age };
  return age === mark.until ? { element, age: 0, until: 2 * mark.until } : { ...mark, age };
}
