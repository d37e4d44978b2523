/** Matches valid header values: no line breaks and no control characters. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isHeaderValue(text: string): boolean {
  return HEADER_VALUE.test(text);
}
