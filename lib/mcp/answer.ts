import { truncate } from '../../functions/core/domain/text.ts';

/** The content of an answer: a JSON object. `left_out` lists what was omitted or shortened, and how to get it. */
export interface Answer {
  readonly left_out?: readonly string[];
  readonly [field: string]: unknown;
}

/** Bytes of UTF-8 of an answer's JSON. */
export const DEFAULT_MAX_BYTES = 8_000;
export const MIN_MAX_BYTES = 2_000;
export const MAX_MAX_BYTES = 200_000;

/** Bytes of an answer that are reserved for everything beside the items of a list. */
const RESERVED_BYTES = 700;
/** Shortened values that `left_out` names. */
const MAX_NOTES = 8;

/** Maximum characters of a text, items of a list, fields of a nested object, and depth of nesting. */
interface Bounds {
  readonly characters: number;
  readonly items: number;
  readonly depth: number;
}

/** Applied one after the other until the answer fits. */
const BOUNDS: readonly Bounds[] = [
  { characters: 4_000, items: 200, depth: 20 },
  { characters: 1_500, items: 100, depth: 20 },
  { characters: 500, items: 50, depth: 12 },
  { characters: 200, items: 20, depth: 8 },
  { characters: 100, items: 8, depth: 6 },
  { characters: 60, items: 3, depth: 4 },
  { characters: 20, items: 1, depth: 3 },
];

export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * Returns the answer if its JSON has at most `maxBytes` bytes; otherwise a copy with long texts and lists shortened
 * until it fits, and with notes in `left_out`.
 */
export function fitAnswer(answer: Answer, maxBytes: number): Answer {
  if (jsonBytes(answer) <= maxBytes) return answer;
  const { left_out: notes = [], ...content } = answer;
  for (const bounds of BOUNDS) {
    const shortened: string[] = [];
    const fields = Object.entries(content).map(([name, value]) => [name, shorten(value, bounds, name, shortened)]);
    const fitted = { ...Object.fromEntries(fields), left_out: [...notes, ...describe(shortened, maxBytes)] };
    if (jsonBytes(fitted) <= maxBytes) return fitted;
  }
  return { left_out: [`The answer does not fit into ${maxBytes} bytes; raise max_bytes, at most ${MAX_MAX_BYTES}`] };
}

function describe(shortened: readonly string[], maxBytes: number): readonly string[] {
  if (shortened.length === 0) return [];
  const others = shortened.length - MAX_NOTES;
  return [
    ...shortened.slice(0, MAX_NOTES),
    ...(others > 0 ? [`${others} more values are shortened`] : []),
    `Raise max_bytes (now ${maxBytes}, at most ${MAX_MAX_BYTES}) to get more`,
  ];
}

function shorten(value: unknown, bounds: Bounds, path: string, shortened: string[]): unknown {
  const { characters, items, depth } = bounds;
  if (typeof value === 'string') {
    if (value.length <= characters) return value;
    shortened.push(`${path}: the first ${characters} of ${value.length} characters`);
    return `${truncate(value, characters)}…`;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) {
    shortened.push(`${path}: omitted`);
    return '…';
  }
  const inner = { ...bounds, depth: depth - 1 };
  if (Array.isArray(value)) {
    if (value.length > items) shortened.push(`${path}: the first ${items} of ${value.length} items`);
    return value.slice(0, items).map((item, i) => shorten(item, inner, `${path}[${i}]`, shortened));
  }
  const entries = Object.entries(value);
  const maxFields = Math.max(24, items);
  if (entries.length > maxFields) shortened.push(`${path}: the first ${maxFields} of ${entries.length} fields`);
  return Object.fromEntries(
    entries.slice(0, maxFields).map(([name, field]) => [name, shorten(field, inner, `${path}.${name}`, shortened)]),
  );
}

/** Returns the number of items from the start of a list that fit into an answer, at least 1. */
export function countFitting(items: readonly unknown[], maxBytes: number): number {
  let bytes = RESERVED_BYTES;
  const exceeding = items.findIndex((item) => {
    bytes += jsonBytes(item) + 1;
    return bytes > maxBytes;
  });
  return exceeding < 0 ? items.length : Math.max(1, exceeding);
}

/**
 * Fetches a page whose items fit into an answer. Repeats the request with a smaller limit, because the cursor of a page
 * is only valid after the last item of that page.
 *
 * @param fetchPage returns a page with at most `limit` items
 * @param itemsOf returns the items of a page as the answer shows them
 */
export async function fetchFittingPage<Page, Item>(
  limit: number,
  maxBytes: number,
  fetchPage: (limit: number) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<{ readonly page: Page; readonly items: readonly Item[] }> {
  for (let count = limit; ; ) {
    const page = await fetchPage(count);
    const items = itemsOf(page);
    const fitting = countFitting(items, maxBytes);
    if (fitting === items.length) return { page, items };
    count = fitting;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns the object without the fields that are `null`, `undefined`, an empty text or an empty list. */
export function omitEmpty(object: Fields): Fields {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** Note of a list that continues. */
export const OLDER = 'older ones: call again with cursor=next_cursor';

/** Returns `left_out` with these notes, or nothing without notes. */
export function leftOut(...notes: readonly (string | false | null | undefined)[]): Pick<Answer, 'left_out'> {
  const present = notes.filter((note) => typeof note === 'string');
  return present.length > 0 ? { left_out: present } : {};
}
