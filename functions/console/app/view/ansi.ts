/** Terminal escape sequences (ECMA-48): control sequences, operating system commands and single characters. */
const ESCAPE = new RegExp(
  [
    String.raw`\u001b\[([0-?]*)[ -/]*([@-~])`,
    String.raw`\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?`,
    String.raw`\u001b[ -/]*[0-~]?`,
  ].join('|'),
  'g',
);

/** Color and weight of text. Colors are palette indexes, 0–15. */
export interface TextStyle {
  readonly color?: number | undefined;
  readonly background?: number | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
}

/** Text of one style. */
export interface Segment {
  readonly text: string;
  readonly style: TextStyle;
}

export const PLAIN: TextStyle = {};

/** Removes escape sequences from a text. */
export const plainText = (text: string): string => (text.includes('\u001b') ? text.replaceAll(ESCAPE, '') : text);

/**
 * Splits a text into segments of one style. Other escape sequences are removed.
 *
 * @param style the style before the text
 * @returns the segments, and the style after the text
 */
export function readSegments(
  text: string,
  style: TextStyle,
): { readonly segments: readonly Segment[]; readonly style: TextStyle } {
  if (!text.includes('\u001b')) return { segments: text === '' ? [] : [{ text, style }], style };
  const segments: Segment[] = [];
  let current = style;
  let from = 0;
  for (const { 0: sequence, 1: parameters, 2: final, index } of text.matchAll(ESCAPE)) {
    if (index > from) segments.push({ text: text.slice(from, index), style: current });
    from = index + sequence.length;
    if (final === 'm') current = styleAfter(current, parameters ?? '');
  }
  if (from < text.length) segments.push({ text: text.slice(from), style: current });
  return { segments, style: current };
}

/** Returns the style after a `Select Graphic Rendition` sequence with parameters such as `1;31`. */
function styleAfter(style: TextStyle, parameters: string): TextStyle {
  const codes = parameters.split(';').map((code) => (code.includes(':') ? Number.NaN : Number(code)));
  let next = style;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? Number.NaN;
    if (code === 38 || code === 48) {
      const color = codes[i + 1] === 5 ? paletteColor(codes[i + 2]) : undefined;
      next = { ...next, ...(code === 38 ? { color } : { background: color }) };
      // `5;n` is a palette color; `2;r;g;b` is an RGB color, which is ignored.
      i += codes[i + 1] === 5 ? 2 : 4;
    } else {
      next = { ...next, ...change(code) };
      if (code === 0) next = PLAIN;
    }
  }
  return next;
}

const paletteColor = (index: number | undefined) => (index !== undefined && index < 16 ? index : undefined);

function change(code: number): TextStyle {
  if (code >= 30 && code <= 37) return { color: code - 30 };
  if (code >= 90 && code <= 97) return { color: code - 82 };
  if (code >= 40 && code <= 47) return { background: code - 40 };
  if (code >= 100 && code <= 107) return { background: code - 92 };
  return CHANGES[code] ?? PLAIN;
}

const CHANGES: Readonly<Record<number, TextStyle>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  39: { color: undefined },
  49: { background: undefined },
};
