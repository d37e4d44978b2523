import { parseExactJson } from '../../../core/domain/exact-json.ts';

/** A line of text. */
interface LineControl {
  readonly inputMode?: 'url';
  /** The text is prose and no code. */
  readonly isPlain?: boolean;
  readonly placeholder?: string;
  /** Characters. */
  readonly maxLength?: number;
  readonly isReadOnly?: boolean;
  /** Values that the browser suggests. */
  readonly list?: 'zones' | 'job-ids' | 'targets';
}

/** A text of several lines. */
interface TextControl {
  readonly rows: number;
  /** The text is prose and no code. */
  readonly isPlain?: boolean;
}

type Options = readonly (readonly [value: string, label: string])[];

/** The control that edits a field. */
export type FieldControl =
  | ({ readonly kind: 'line' } & LineControl)
  | ({ readonly kind: 'text' } & TextControl)
  | { readonly kind: 'number'; readonly isDecimal?: boolean }
  | { readonly kind: 'choice'; readonly options: Options }
  | { readonly kind: 'names'; readonly source: NameSource };

/** The existing names among which names are chosen. */
export type NameSource = 'calendars';

/** The texts of the form by path. */
export type FormTexts = Readonly<Record<string, string>>;

interface FieldTexts {
  /** Path of the value in the definition of a job, such as `http.url`. Errors of the API name it. */
  readonly path: string;
  readonly label: string;
  /** Text between backticks is shown as code. */
  readonly hint?: string;
  /** Text of a new job and of a value that is `null`. Empty by default. */
  readonly initial?: string;
  readonly isRequired?: boolean;
  /** Hides the field, which is not sent then. Fields are shown by default. */
  readonly isShown?: (form: FormTexts) => boolean;
  /** Takes the whole width of the form. */
  readonly isWide?: boolean;
}

/** A field of the definition of a job that the form edits as text. */
export interface JobField extends FieldTexts {
  readonly control: FieldControl;
  /** Formats a value other than `null` as the text of the form. */
  readonly format: (value: unknown) => string;
  /**
   * Parses the text of the form.
   *
   * @throws FormError
   */
  readonly parse: (text: string) => unknown;
}

/** An error in the form that prevents a request. The API validates the rest. */
export class FormError extends Error {
  override readonly name = 'FormProblem';
  /** Path of the field. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

type LineOptions = FieldTexts & LineControl;
type TextOptions = FieldTexts & Partial<TextControl>;

/** A line of text. An empty text is `null`. */
export const lineField = (options: LineOptions): JobField => ({
  ...options,
  control: { ...options, kind: 'line' },
  format: String,
  parse: (text) => text.trim() || null,
});

/** A text of several lines, of which prose (`isPlain`) is trimmed. An empty text is `null`. */
export const textField = ({ rows = 3, isPlain = false, ...field }: TextOptions): JobField => ({
  ...field,
  control: { kind: 'text', rows, isPlain },
  format: String,
  parse: (text) => (text.trim() === '' ? null : isPlain ? text.trim() : text),
});

export interface NumberOptions extends FieldTexts {
  /** An empty text is `null`. Otherwise it is refused. */
  readonly isOptional?: boolean;
}

export const numberField = ({ isOptional = false, ...field }: NumberOptions): JobField => ({
  ...field,
  control: { kind: 'number' },
  format: String,
  parse: (text) => (isOptional && text.trim() === '' ? null : parseNumber(text, field.path)),
});

/** A number of seconds whose value in the definition is in milliseconds. */
export const secondsField = (field: FieldTexts): JobField => ({
  ...field,
  control: { kind: 'number', isDecimal: true },
  format: (value) => String(Number(value) / 1_000),
  parse: (text) => Math.round(parseNumber(text, field.path) * 1_000),
});

export interface ChoiceOptions extends FieldTexts {
  readonly options: Options;
  /** The values in the definition are numbers. */
  readonly isNumber?: boolean;
}

/** A choice among few values. The first one is the default. */
export const choiceField = ({ options, isNumber = false, ...field }: ChoiceOptions): JobField => ({
  ...field,
  initial: field.initial ?? options[0]?.[0] ?? '',
  control: { kind: 'choice', options },
  format: String,
  parse: (text) => (isNumber ? Number(text) : text || null),
});

/** Values separated by commas. */
export const listField = (options: LineOptions): JobField => ({
  ...lineField(options),
  format: (value) => (value as readonly string[]).join(', '),
  parse: parseList,
});

/** Paths of fields separated by commas. Quoted names may contain commas. */
export const pathsField = (options: LineOptions): JobField => ({
  ...listField(options),
  parse: (text) => (text.match(/(?:"[^"]*"|`[^`]*`|[^,])+/g) ?? []).map((path) => path.trim()).filter(Boolean),
});

/** Names that are chosen among existing ones. Their text in the form is separated by commas. */
export const namesField = ({ source, ...field }: FieldTexts & { readonly source: NameSource }): JobField => ({
  ...listField(field),
  control: { kind: 'names', source },
});

/** One value a line. A value that could not be parsed back is formatted as a JSON string. */
export const linesField = (options: TextOptions): JobField => ({
  ...textField(options),
  format: (value) => (value as readonly string[]).map(formatValue).join('\n'),
  parse: (text) => linesOf(text).map(parseValue),
});

export interface PairsOptions extends TextOptions {
  /** The text between a name and its value. */
  readonly between: '=' | ':';
}

/** One name with its value a line. */
export const pairsField = ({ between, ...options }: PairsOptions): JobField => ({
  ...textField(options),
  format: (pairs) => formatPairs(pairs as Readonly<Record<string, string>>, between === ':' ? ': ' : between),
  parse: (text) => parsePairs(text, between, options.path),
});

/** A JSON value. An empty text is `null`. */
export const jsonField = (options: TextOptions): JobField => ({
  ...textField(options),
  format: (value) => JSON.stringify(value, null, 2),
  parse: (text) => (text.trim() === '' ? null : parseJson(text, options.path)),
});

/** Parses values separated by commas. */
export const parseList = (text: string): readonly string[] =>
  text
    .split(',')
    .map((value) => value.trim())
    .filter(Boolean);

/** @throws FormError */
export function parseJson(text: string, path: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new FormError(path, `Must be JSON: ${(error as Error).message}`);
  }
}

/** @throws FormError */
export function parseNumber(text: string, path: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new FormError(path, `Must be a number, got "${text}"`);
  return value;
}

/** Formats a value for a line of its own; as JSON if the plain text could not be parsed back. */
const formatValue = (value: string) => (/^"|^\s|\s$|\n|^$/.test(value) ? JSON.stringify(value) : value);

const formatPairs = (values: Readonly<Record<string, string>>, between: string) =>
  Object.entries(values)
    .map(([name, value]) => name + between + (value === '' ? '' : formatValue(value)))
    .join('\n');

/** Parses a value that `formatValue` formatted. */
function parseValue(text: string): string {
  const value = text.trim();
  if (!/^".*"$/.test(value)) return value;
  try {
    return JSON.parse(value) as string;
  } catch {
    return value;
  }
}

/** Blank lines are ignored: an empty argument is `""`. */
const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

function parsePairs(text: string, between: string, path: string): Readonly<Record<string, string>> {
  const entries = linesOf(text).map((line) => {
    const at = line.indexOf(between);
    if (at < 1) throw new FormError(path, `Each line must have the form NAME${between}value, got "${line}"`);
    return [line.slice(0, at).trim(), parseValue(line.slice(at + 1))] as const;
  });
  return Object.fromEntries(entries);
}
