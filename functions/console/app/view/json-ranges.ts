/** Locates values in JSON text. Offsets are UTF-16 code units, as in a text field. */

export interface TextRange {
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
}

/** A syntax error with its offset. The messages of browsers differ and do not always contain an offset. */
export class JsonSyntaxError extends Error {
  override readonly name = 'NoJson';
  readonly at: number;

  constructor(at: number, expected: string) {
    super(`expected ${expected}`);
    this.at = at;
  }
}

const SPACE = /[ \t\n\r]*/y;
/** Between the quotes: all characters from the space on except quotes and backslashes (RFC 8259), and escapes. */
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const PLAIN = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;

/**
 * Returns the range of each value in a JSON text, by its path in the API's format: `flow.sources[0].id`; the root is
 * the empty path.
 *
 * @throws JsonSyntaxError
 */
export function jsonRanges(text: string): ReadonlyMap<string, TextRange> {
  const places = new Map<string, TextRange>();
  let at = 0;
  const take = (token: RegExp): string | undefined => {
    token.lastIndex = at;
    const [found] = token.exec(text) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  /** Consumes the next character after spaces, which must be one of `characters`. */
  const takeOne = (characters: string, expected: string): string => {
    take(SPACE);
    const next = text.charAt(at);
    if (next === '' || !characters.includes(next)) throw new JsonSyntaxError(at, expected);
    at += 1;
    return next;
  };
  const readEntries = (close: string, readEntry: (i: number) => void): void => {
    at += 1;
    take(SPACE);
    if (text.charAt(at) === close) {
      at += 1;
      return;
    }
    let i = 0;
    do readEntry(i++);
    while (takeOne(`,${close}`, `a comma or ${close}`) === ',');
  };
  const readName = (): string => {
    take(SPACE);
    const name = take(STRING);
    if (name === undefined) throw new JsonSyntaxError(at, 'a property name in double quotes');
    takeOne(':', 'a colon');
    return JSON.parse(name) as string;
  };
  const readValue = (path: string): void => {
    take(SPACE);
    const start = at;
    const first = text.charAt(at);
    if (first === '[') readEntries(']', (i) => readValue(`${path}[${i}]`));
    else if (first === '{') {
      readEntries('}', () => {
        const name = readName();
        readValue(path ? `${path}.${name}` : name);
      });
    } else if ((take(STRING) ?? take(PLAIN)) === undefined) throw new JsonSyntaxError(at, 'a value');
    places.set(path, { start, end: at });
  };
  readValue('');
  take(SPACE);
  if (at < text.length) throw new JsonSyntaxError(at, 'the end of the text');
  return places;
}

/** Returns the range of the value at a path, or of its nearest existing parent. */
export function rangeAt(places: ReadonlyMap<string, TextRange>, path: string): TextRange | undefined {
  for (let part = path; part !== ''; part = part.replace(/(^|\.)[^.[\]]*$|\[[^\]]*\]$/, '')) {
    const place = places.get(part);
    if (place) return place;
  }
  return places.get('');
}

/** Returns the offset in the text of a character of a string, which may contain escapes. */
export function stringCharOffset(text: string, { start, end }: TextRange, position: number): number {
  let at = start + 1;
  for (let i = 0; i < position && at < end - 1; i++) at += escapeLength(text, at);
  return at;
}

function escapeLength(text: string, at: number): number {
  if (text.charAt(at) !== '\\') return 1;
  return text.charAt(at + 1) === 'u' ? 6 : 2;
}

/** Returns the line and column of an offset, starting at 1. */
export function lineAndColumn(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}
