/**
 * The memory of a search for cycles in a sequence: one earlier element, however long the sequence is.
 *
 * @see R. P. Brent, "An improved Monte Carlo factorization algorithm", BIT 20 (1980): an element that repeats is found
 *   within three times the elements before the first repetition
 */
export interface CycleMark {
  readonly element: string;
  /** Elements since `element`. */
  readonly age: number;
  /** Age at which a later element takes the place of `element`; doubles each time. */
  readonly until: number;
}

/**
 * Adds the next element of a sequence.
 *
 * @param mark of the elements before; null: there are none
 * @returns the mark after the element, or the length of the cycle that the element closes
 */
export function addToSequence(mark: CycleMark | null, element: string): CycleMark | { readonly cycle: number } {
  if (mark === null) return { element, age: 0, until: 1 };
  const age = mark.age + 1;
  if (mark.element === element) return { cycle: age };
  return age === mark.until ? { element, age: 0, until: 2 * mark.until } : { ...mark, age };
}
