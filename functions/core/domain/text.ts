/**
 * Returns the longest prefix of `text` that splits no code point. Use it wherever text is shortened: half of a
 * surrogate pair is not valid Unicode, and DynamoDB rejects it.
 *
 * @param max UTF-16 code units of the result, at least 0
 */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  return text.slice(0, splitsPair(text, max) ? max - 1 : max);
}

/**
 * Returns `text`, or its longest prefix that leaves room for an appended ellipsis.
 *
 * @param max UTF-16 code units of the result, at least 1
 */
export function truncateWithEllipsis(text: string, max: number): string {
  return text.length <= max ? text : `${truncate(text, max - 1)}…`;
}

/**
 * Returns the longest suffix of `text` that splits no code point.
 *
 * @param max UTF-16 code units of the result, at least 0
 */
export function truncateStart(text: string, max: number): string {
  const from = Math.max(0, text.length - max);
  return text.slice(splitsPair(text, from) ? from + 1 : from);
}

/**
 * Returns the longest prefix of `text` that splits no code point.
 *
 * @param max bytes (UTF-8) of the result, at least 0
 */
export function truncateToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return text;
  let end = max;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/**
 * Returns the longest suffix of `text` that splits no code point.
 *
 * @param max bytes (UTF-8) of the result, at least 0
 */
export function truncateStartToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text);
  let start = Math.max(0, bytes.length - max);
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  return bytes.toString('utf8', start);
}

/**
 * Removes the characters that embed, override or isolate a text direction: in a line with several texts they would
 * reverse the following ones. Letters keep the direction of their script.
 */
export const withoutDirectionControls = (text: string): string => text.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '');

/** @returns whether a byte of UTF-8 continues a code point */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

const splitsPair = (text: string, at: number): boolean => (text.codePointAt(at - 1) ?? 0) > 0xff_ff;
