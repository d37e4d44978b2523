const WIDTH = 110;
const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/**
 * Formats a JSON value as a TypeScript expression, in one line if it fits.
 *
 * @param indent spaces of the line in which the expression begins
 */
export function formatLiteral(value: unknown, indent = 0): string {
  if (typeof value === 'string') return formatText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const parts = (depth: number): readonly string[] =>
    isList
      ? value.map((element) => formatLiteral(element, depth))
      : Object.entries(value).map(([name, inner]) => `${formatName(name)}: ${formatLiteral(inner, depth)}`);
  const inner = parts(indent + 2);
  if (inner.length === 0) return `${open}${close}`;
  const space = isList ? '' : ' ';
  const line = `${open}${space}${inner.join(', ')}${space}${close}`;
  if (!line.includes('\n') && indent + line.length <= WIDTH) return line;
  const margin = ' '.repeat(indent + 2);
  return `${open}\n${inner.map((part) => `${margin}${part},\n`).join('')}${' '.repeat(indent)}${close}`;
}

/** Formats a text in single quotes. Line separators, which some tools take for line breaks, are escaped. */
export function formatText(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replaceAll(/[\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g, toEscape)}'`;
}

const toEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A plain `__proto__` would set the prototype. */
function formatName(name: string): string {
  if (name === '__proto__') return "['__proto__']";
  return IDENTIFIER.test(name) ? name : formatText(name);
}
