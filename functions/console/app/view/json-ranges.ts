/** Locates values in JSON text. Offsets are UTF-16 code units, as in a text field. */

export interface TextRange {
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
}

/** A syntax error with its offset. The messages of browsers differ and do not always contain an offset. */
export class JsonSyntaxError extends Error {
  override readonly name = 'NoJson';
  readonly offset: number;

  constructor(offset: number, expected: string) {
    super(`expected ${expected}`);
    this.offset = offset;
  }
}

const SPACE = /[ \t\n\r]*/y;
/** Between the quotes: all characters from the space on except quotes and backslashes (RFC 8259), and escapes. */
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;

/**
 * Returns the range of each value in a JSON text, by its path in the API's format: `flow.sources[0].id`; the root is
 * the empty path.
 *
 * @throws JsonSyntaxError
 */
export function jsonRanges(text: string): ReadonlyMap<string, TextRange> {
  const ranges = new Map<string, TextRange>();
  let offset = 0;
  const match = (token: RegExp): string | undefined => {
    token.lastIndex = offset;
    const [found] = token.exec(text) ?? [];
    offset += found?.length ?? 0;
    return found;
  };
  /** Consumes the next character after spaces, which must be one of `characters`. */
  const expectOne = (characters: string, expected: string): string => {
    match(SPACE);
    const next = text.charAt(offset);
    if (next === '' || !characters.includes(next)) throw new JsonSyntaxError(offset, expected);
    offset += 1;
    return next;
  };
  const readEntries = (close: string, readEntry: (i: number) => void): void => {
    offset += 1;
    match(SPACE);
    if (text.charAt(offset) === close) {
      offset += 1;
      return;
    }
    let i = 0;
    do readEntry(i++);
    while (expectOne(`,${close}`, `a comma or ${close}`) === ',');
  };
  const readName = (): string => {
    match(SPACE);
    const name = match(STRING);
    if (name === undefined) throw new JsonSyntaxError(offset, 'a property name in double quotes');
    expectOne(':', 'a colon');
    return JSON.parse(name) as string;
  };
  const readValue = (path: string): void => {
    match(SPACE);
    const start = offset;
    const first = text.charAt(offset);
    if (first === '[') readEntries(']', (i) => readValue(`${path}[${i}]`));
    else if (first === '{') {
      readEntries('}', () => {
        const name = readName();
        readValue(path ? `${path}.${name}` : name);
      });
    } else if ((match(STRING) ?? match(LITERAL)) === undefined) throw new JsonSyntaxError(offset, 'a value');
    ranges.set(path, { start, end: offset });
  };
  readValue('');
  match(SPACE);
  if (offset < text.length) throw new JsonSyntaxError(offset, 'the end of the text');
  return ranges;
}

/** Returns the range of the value at a path, or of its nearest existing parent. */
export function rangeAt(ranges: ReadonlyMap<string, TextRange>, path: string): TextRange | undefined {
  for (let part = path; part !== ''; part = part.replace(/(^|\.)[^.[\]]*$|\[[^\]]*\]$/, '')) {
    const range = ranges.get(part);
    if (range) return range;
  }
  return ranges.get('');
}

/** Returns the offset in the text of a character of a string, which may contain escapes. */
export function stringCharOffset(text: string, { start, end }: TextRange, position: number): number {
  let offset = start + 1;
  for (let i = 0; i < position && offset < end - 1; i++) offset += escapeLength(text, offset);
  return offset;
}

function escapeLength(text: string, offset: number): number {
  if (text.charAt(offset) !== '\\') return 1;
  return text.charAt(offset + 1) === 'u' ? 6 : 2;
}

/** Returns the line and column of an offset, starting at 1. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
