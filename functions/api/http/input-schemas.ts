import * as z from 'zod';
import { findNameFault, PORTABLE_NAME_PATTERN } from '../../core/domain/name.ts';
import { truncateWithEllipsis } from '../../core/domain/text.ts';

// A validator that zod generates as code pays off after many validations; a cold start has one.
z.config({ jitless: true });

type Issue = z.core.$ZodRawIssue;

/** Formats a received value for an error message: shortened, with invisible and direction characters escaped. */
export function formatReceived(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return truncateWithEllipsis(text, 81).replaceAll(INVISIBLE, escapeCharacter);
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Formats a character as `\u202e`. */
function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

/** The received value at the end of a message; nothing for a missing one. */
const formatGiven = (input: unknown): string => (input === undefined ? '' : `, got ${formatReceived(input)}`);

/** Creates the error message for a schema from a phrase that describes valid values. */
const mustBe =
  (expected: string) =>
  ({ input }: Issue): string =>
    input === undefined ? `is required (${expected})` : `must be ${expected}, got ${formatReceived(input)}`;

/** Integer in a range. */
export const integer = (min: number, max: number) => {
  const error = mustBe(`${min}–${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
};

export const flag = () => z.boolean({ error: mustBe('true or false') });

/** Integer in a range, as a query parameter. */
export const queryInteger = (min: number, max: number) =>
  withKeywords(
    z.string().refine((value) => /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max, {
      error: mustBe(`a whole number from ${min} to ${max}`),
    }),
    { type: 'integer', minimum: min, maximum: max },
  ).transform(Number);

/** Boolean as a query parameter: `true` or `false` in any case, because Python writes `True` and `False`. */
export const queryFlag = () =>
  withKeywords(
    z.string().refine((value) => /^(true|false)$/i.test(value), { error: mustBe('true or false') }),
    { type: 'boolean' },
  ).transform((value) => value.toLowerCase() === 'true');

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: mustBe(values.join(' or ')) });

/** Number greater than 0, not necessarily an integer. */
export const positiveNumber = (max: number) => {
  const error = mustBe(`over 0 and at most ${max}`);
  return z.number({ error }).positive({ error }).max(max, { error });
};

/** Text of 1 to `max` characters with at least one character that is not whitespace. */
export const text = (max: number) => {
  const error = mustBe(`text of 1–${max} characters`);
  return limitLength(z.string({ error }).regex(/\S/, { error }), max, error);
};

/** Single-line name of 1 to `max` visible characters (`core/domain/name.ts`). */
export const name = (max: number) => {
  const error = ({ input }: Issue) => `${findNameFault(String(input))}, got ${formatReceived(input)}`;
  // Blank text is rejected by `text`.
  const isName = (given: string) => !/\S/.test(given) || findNameFault(given) === undefined;
  return withKeywords(text(max).refine(isName, { error }), { pattern: PORTABLE_NAME_PATTERN, maxLength: max });
};

/** Text of at most `max` characters, which may be empty. */
export const textOrEmpty = (max: number) => {
  const error = mustBe(`text of at most ${max} characters`);
  return limitLength(z.string({ error }), max, error);
};

/** Limits text to `max` Unicode code points, the unit of `maxLength` in JSON Schema (zod counts UTF-16 code units). */
function limitLength(schema: z.ZodString, max: number, error: (issue: Issue) => string): z.ZodString {
  const isWithin = (value: string) => value.length <= max || Array.from(value).length <= max;
  return withKeywords(schema.refine(isWithin, { error }), { maxLength: max });
}

/**
 * Text that matches a pattern.
 *
 * @param expected phrase that describes valid values, for the error message
 * @param max maximum number of Unicode code points. @defaultValue the length that the pattern allows
 */
export const matchingText = (pattern: RegExp, expected: string, max?: number) => {
  const error = mustBe(expected);
  const schema = z.string({ error }).regex(pattern, { error });
  return max === undefined ? schema : limitLength(schema, max, error);
};

/** ISO 8601 time with an offset, normalized to UTC with milliseconds. */
export const time = () => {
  const error = mustBe('an ISO 8601 time such as 2026-03-02T01:03:00Z');
  return z.iso.datetime({ offset: true, error }).transform((value) => new Date(value).toISOString());
};

export const listOf = <T extends z.ZodType>(item: T, max: number, min = 0) => {
  const entries = min === 0 ? `at most ${max} entries` : `${min}–${max} entries`;
  const error = ({ input }: Issue): string =>
    Array.isArray(input) ? `must have ${entries}, got ${input.length}` : `must be a list${formatGiven(input)}`;
  return z.array(item, { error }).min(min, { error }).max(max, { error });
};

export const mapOf = <T extends z.ZodType>(value: T) =>
  z.record(z.string(), value, { error: 'must be an object of names and values' });

/**
 * Map of at most `max` values whose names match a schema.
 *
 * @param nameRule the error message for a name that does not match
 */
export const namedMapOf = <T extends z.ZodType>(names: z.ZodString, nameRule: string, value: T, max: number) => {
  const error = (issue: Issue): string =>
    issue.code === 'invalid_key' ? nameRule : 'must be an object of names and values';
  const isWithin = (map: object) => Object.keys(map).length <= max;
  return withKeywords(
    z.record(names, value, { error }).refine(isWithin, {
      error: ({ input }) => `must have at most ${max} names, got ${Object.keys(input as object).length}`,
    }),
    { maxProperties: max },
  );
};

/** Keyword with the default of a field made by `orDefault`: zod drops `default` from a schema with a transformation. */
export const DEFAULT_KEYWORD = 'x-default';

/** Keyword for `withKeywords`: the JSON Schema of further values that a preprocessing step accepts. */
export const ALSO_ACCEPTED_KEYWORD = 'x-also-accepted';

/** Schemas of parsed values by the schemas that parse them, if the two differ. */
const parsedSchemas = new WeakMap<z.ZodType, z.ZodType>();

/** Declares the schema of the values that `schema` returns: zod cannot derive it from a transformation. */
export function withParsedSchema<T extends z.ZodType>(schema: T, parsed: z.ZodType): T {
  parsedSchemas.set(schema, parsed);
  return schema;
}

/** @returns the schema declared by `withParsedSchema`, or `undefined` */
export const findParsedSchema = (schema: z.ZodType): z.ZodType | undefined => parsedSchemas.get(schema);

/** Optional field. A missing value and null both become `defaultValue`. */
export const orDefault = <T extends z.ZodType, const D>(schema: T, defaultValue: D) => {
  const optional = schema.nullish().transform((value) => (value ?? defaultValue) as NonNullable<z.output<T>> | D);
  if (defaultValue === undefined) return withParsedSchema(optional, schema.optional());
  if (defaultValue === null) return withParsedSchema(optional, schema.nullable());
  return withParsedSchema(withKeywords(optional, { [DEFAULT_KEYWORD]: defaultValue }), schema);
};

/** Any JSON value; null if it is missing. */
export const anyJson = () =>
  withParsedSchema(
    z
      .unknown()
      .optional()
      .transform((value) => value ?? null),
    z.unknown(),
  );

/** Optional field whose default the surrounding object computes. */
export const orComputed = <T extends z.ZodType>(schema: T) => withParsedSchema(orDefault(schema, null), schema);

/** Adds an error message for a missing or null value. */
export function requiredWithReason<T extends z.ZodType>(schema: T, reason: string): T {
  const def: z.core.$ZodTypeDef = schema._zod.def;
  const fallback = def.error as ((issue: Issue) => string) | undefined;
  const error = (issue: Issue) =>
    issue.input === undefined || issue.input === null ? `is required: ${reason}` : fallback?.(issue);
  return z.clone(schema, { ...def, error } as T['_zod']['def']);
}

/**
 * Adds JSON Schema keywords to a schema for the OpenAPI document. They override the keywords that zod derives, do not
 * affect validation, and are not inherited by derived schemas.
 */
export function withKeywords<T extends z.ZodType>(schema: T, keywords: Readonly<Record<string, unknown>>): T {
  z.globalRegistry.add(schema, keywords);
  return schema;
}

/** Field of responses that requests may contain without effect, so that a response can be sent back. */
const ignoredField = () => withKeywords(z.unknown().optional(), { readOnly: true });

/**
 * Object with exactly these fields. The error for an unknown field lists the known ones.
 *
 * @param what the noun for a field in error messages: `field`, `query parameter`
 * @param readOnly fields of responses that requests may contain without effect
 */
export function inputObject<T extends z.core.$ZodLooseShape>(
  fields: T,
  what = 'field',
  readOnly: readonly string[] = [],
) {
  const known = Object.keys(fields);
  const ignored = Object.fromEntries(readOnly.map((name) => [name, ignoredField()]));
  const error = (issue: Issue): string => {
    if (issue.code !== 'unrecognized_keys') return 'must be a JSON object';
    const names = issue.keys.map((key) => unknownKeyError(key, what, known));
    return names.join('; ');
  };
  return z.strictObject({ ...fields, ...ignored } as T, { error });
}

/** Union of objects that are told apart by their field `type`. */
export const inputVariants = <
  const T extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(
  options: T,
) =>
  z.discriminatedUnion('type', options, {
    error: (issue) => {
      if (issue.code !== 'invalid_union') return 'must be a JSON object';
      const { type } = issue.input as { readonly type?: unknown };
      return mustBe((issue.options as readonly string[]).join(' or '))({ ...issue, input: type });
    },
  });

/**
 * `inputVariants` whose objects are named in the OpenAPI document: with the name `Source`, the object of type `http` is
 * `HttpSourceInput`.
 */
export const namedInputVariants = <
  const T extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(
  name: string,
  options: T,
) => {
  for (const option of options) {
    const type = discriminatorOf(option);
    const id = `${type.charAt(0).toUpperCase()}${type.slice(1)}${name}Input`;
    withKeywords(option as unknown as z.ZodType, { id });
  }
  return inputVariants(options);
};

/** Returns the value of the field `type` that selects an object of `inputVariants`. */
export const discriminatorOf = (option: z.core.$ZodTypeDiscriminable): string =>
  String([...(option._zod.propValues?.type ?? [])][0]);

function unknownKeyError(key: string, what: string, known: readonly string[]): string {
  const similar = known.find((name) => normalizeName(name) === normalizeName(key));
  if (similar) return `unknown ${what} '${key}'; did you mean '${similar}'?`;
  return `unknown ${what} '${key}'; ${known.length > 0 ? `known are ${known.join(', ')}` : 'none is known here'}`;
}

/** Removes case and punctuation, so that `timeoutMs`, `Timeout-MS` and `timeout_ms` are equal. */
const normalizeName = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
