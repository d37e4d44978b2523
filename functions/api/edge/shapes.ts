import * as z from 'zod';
import { truncateWithEllipsis } from '../../domain/text.ts';

type Issue = z.core.$ZodRawIssue;

/** What was given, short enough for a message. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return truncateWithEllipsis(text, 81);
}

/** The message of a shape that is described by what would be right. */
const must =
  (be: string) =>
  ({ input }: Issue): string =>
    input === undefined ? `is required (${be})` : `must be ${be}, got ${shown(input)}`;

/** A number as messages write it: 840000. */
export const integer = (least: number, most: number) => {
  const error = must(`${least}–${most}`);
  return z.int({ error }).min(least, { error }).max(most, { error });
};

export const flag = () => z.boolean({ error: must('true or false') });

/** A boolean as a query parameter: `true` or `false` in any case, because Python writes `True` and `False`. */
export const queryFlag = () =>
  documented(
    z.string().refine((value) => /^(true|false)$/i.test(value), { error: must('true or false') }),
    { type: 'boolean' },
  ).transform((value) => value.toLowerCase() === 'true');

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: must(values.join(' or ')) });

/** A number over 0, which need not be whole. */
export const positive = (most: number) => {
  const error = must(`over 0 and at most ${most}`);
  return z.number({ error }).positive({ error }).max(most, { error });
};

/** Text of 1 to `most` characters, at least one of which is not a space. */
export const text = (most: number) => {
  const error = must(`text of 1–${most} characters`);
  return z.string({ error }).regex(/\S/, { error }).max(most, { error });
};

/** Text of at most `most` characters, which may be empty. */
export const anyText = (most: number) => {
  const error = must(`text of at most ${most} characters`);
  return z.string({ error }).max(most, { error });
};

export const matching = (pattern: RegExp, be: string) => {
  const error = must(be);
  return z.string({ error }).regex(pattern, { error });
};

/** An ISO 8601 time with its offset; answered and stored in UTC with milliseconds. */
export const time = () => {
  const error = must('an ISO 8601 time such as 2026-03-02T01:03:00Z');
  return z.iso.datetime({ offset: true, error }).transform((value) => new Date(value).toISOString());
};

export const listOf = <T extends z.ZodType>(item: T, most: number, least = 0) => {
  const entries = least === 0 ? `at most ${most} entries` : `${least}–${most} entries`;
  const error = ({ input }: Issue): string =>
    Array.isArray(input) ? `must have ${entries}, got ${input.length}` : 'must be a list';
  return z.array(item, { error }).min(least, { error }).max(most, { error });
};

export const mapOf = <T extends z.ZodType>(value: T) =>
  z.record(z.string(), value, { error: 'must be an object of names and values' });

/** What `orDefault` says of its shapes: zod drops the `default` of a shape that changes what it is given. */
export const DEFAULT = 'x-default';

/** A field that may be left out or null: both mean `byDefault`. */
export const orDefault = <T extends z.ZodType, const D>(shape: T, byDefault: D) => {
  const whole = shape.nullish().transform((value) => (value ?? byDefault) as NonNullable<z.output<T>> | D);
  return byDefault === null || byDefault === undefined ? whole : documented(whole, { [DEFAULT]: byDefault });
};

/**
 * Says something of a shape for the OpenAPI document that checking does not take: keywords of JSON Schema, which win over
 * those that follow from the shape. It is not for what is derived from the shape afterwards.
 */
export function documented<T extends z.ZodType>(shape: T, says: Readonly<Record<string, unknown>>): T {
  z.globalRegistry.add(shape, says);
  return shape;
}

/**
 * An object with these fields and no others; a stranger is refused with the names that would be right.
 *
 * @param what a field of it is called: `field`, `query parameter`
 * @param readOnly fields that answers have and requests may not set
 */
export function fields<T extends z.core.$ZodLooseShape>(shape: T, what = 'field', readOnly: readonly string[] = []) {
  const known = Object.keys(shape);
  const error = (issue: Issue): string => {
    if (issue.code !== 'unrecognized_keys') return 'must be a JSON object';
    const names = issue.keys.map((key) => stranger(key, what, known, readOnly));
    return names.join('; ');
  };
  return z.strictObject(shape, { error });
}

/** One of several objects: their field `type` tells which. */
export const variants = <const T extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]]>(
  options: T,
) =>
  z.discriminatedUnion('type', options, {
    error: (issue) => {
      if (issue.code !== 'invalid_union') return 'must be a JSON object';
      const { type } = issue.input as { readonly type?: unknown };
      return must((issue.options as readonly string[]).join(' or '))({ ...issue, input: type });
    },
  });

function stranger(key: string, what: string, known: readonly string[], readOnly: readonly string[]): string {
  if (readOnly.includes(key)) return `${what} '${key}' is read-only`;
  const similar = known.find((name) => squeezed(name) === squeezed(key));
  if (similar) return `unknown ${what} '${key}'; did you mean '${similar}'?`;
  return `unknown ${what} '${key}'; ${known.length > 0 ? `known are ${known.join(', ')}` : 'none is known here'}`;
}

/** `timeoutMs`, `Timeout-MS` and `timeout_ms` are the same at heart. */
const squeezed = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
