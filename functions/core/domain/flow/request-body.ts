import { InvalidInput } from '../errors.ts';
import type { Json } from '../json.ts';

/** The JSON object that an HTTP source sends with each request. */
export type RequestBody = Readonly<Record<string, Json>>;

/** A text of a body that is replaced by the number, offset or cursor of the page; null for the first cursor. */
export const PAGE_PLACEHOLDER = '{{paging}}';
/** Text that is intended as the placeholder, even if malformed. */
const PLACEHOLDER_ATTEMPT = /\{\{\s*paging\b/i;

/** Maximum size of a body in bytes, before its placeholders are replaced. */
const MAX_BODY_BYTES = 8_192;

/** Returns a value with each text in it, but no name, replaced. */
export function replaceTexts(value: Json, replace: (text: string) => Json): Json {
  if (typeof value === 'string') return replace(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => replaceTexts(item, replace));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replaceTexts(item, replace)]));
}

/** @returns whether the body selects the page, so that the URL does not */
export function hasPagePlaceholder(body: RequestBody | undefined): boolean {
  let found = false;
  replaceTexts(body ?? null, (text) => {
    found ||= text === PAGE_PLACEHOLDER;
    return text;
  });
  return found;
}

/** Types of paging whose pages have a number or a cursor. */
const WITH_TOKEN = ['page', 'offset', 'cursor'];

/**
 * Validates the size of a body, and that its paging has a value for its placeholder.
 *
 * @param paging type of the source's paging
 * @throws InvalidInput
 */
export function validateRequestBody(field: string, body: RequestBody, paging: string): void {
  const text = JSON.stringify(body);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BODY_BYTES) throw new InvalidInput(field, `must have at most ${MAX_BODY_BYTES} bytes, got ${bytes}`);
  replaceTexts(body, (value) => {
    if (value !== PAGE_PLACEHOLDER && PLACEHOLDER_ATTEMPT.test(value))
      throw new InvalidInput(field, `must have ${PAGE_PLACEHOLDER} as a whole text, got '${value}'`);
    return value;
  });
  if (hasPagePlaceholder(body) && !WITH_TOKEN.includes(paging))
    throw new InvalidInput(field, `must not have ${PAGE_PLACEHOLDER} with the paging ${paging}`);
}
