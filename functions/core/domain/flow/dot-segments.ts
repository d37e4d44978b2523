/** Segments of a path that URL parsers remove, with the segment before it in the case of two dots (WHATWG URL, section 4.4). */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/**
 * Returns whether a filled URL leads to another path than its template means: a value such as `..` is a whole segment.
 *
 * @param sample the URL with a value of one letter
 */
export const addsDotSegment = (filled: string, sample: string): boolean =>
  countDotSegments(filled) > countDotSegments(sample);

function countDotSegments(url: string): number {
  const [path = ''] = url.split(/[?#]/);
  return path.split(/[\\/]/).filter((segment) => DOT_SEGMENT.test(segment)).length;
}
