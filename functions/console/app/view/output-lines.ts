import { PLAIN, plainText, readSegments, type TextStyle } from './ansi.ts';

/** Maximum number of lines shown at a time; more slow down the page. */
export const LINES_PER_RANGE = 1_000;

/** A range of lines of an output: from `first` up to, but excluding, `end`. */
export interface LineRange {
  readonly first: number;
  readonly end: number;
}

/** Returns the lines of an output as a terminal shows them: a carriage return overwrites the line. */
export function terminalLines(text: string): readonly string[] {
  const lines = text.replace(/\n$/, '').split('\n');
  return text.includes('\r') ? lines.map(overwritten) : lines;
}

function overwritten(line: string): string {
  const shown = line.replace(/\r+$/, '');
  return shown.slice(shown.lastIndexOf('\r') + 1);
}

/** Returns the range that ends with the last line. */
export const lastLines = (count: number): LineRange => ({ first: Math.max(0, count - LINES_PER_RANGE), end: count });

/** Returns a range with a line in its middle. */
export function linesAround(line: number, count: number): LineRange {
  const first = Math.max(0, Math.min(line - LINES_PER_RANGE / 2, count - LINES_PER_RANGE));
  return { first, end: Math.min(count, first + LINES_PER_RANGE) };
}

/** Returns the indexes of the lines that contain a text, ignoring case; none for an empty text. */
export function findLines(lines: readonly string[], text: string): readonly number[] {
  const query = text.toLowerCase();
  if (query === '') return [];
  return lines.flatMap((line, i) => (plainText(line).toLowerCase().includes(query) ? [i] : []));
}

/** Returns the style at the beginning of a line. Styles last until they are changed. */
export function styleBefore(lines: readonly string[], line: number): TextStyle {
  let style = PLAIN;
  for (let i = 0; i < line; i++) style = readSegments(lines[i] ?? '', style).style;
  return style;
}
