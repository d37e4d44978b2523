import type { JsonSchema } from '../../../functions/api/openapi/json-schema.ts';

/** Keywords without effect on validation. */
const ANNOTATIONS = new Set(['description', 'default', 'example', 'examples', 'title', 'discriminator', 'readOnly']);

type Check = (value: unknown, argument: never, schema: JsonSchema, place: string, validator: Validator) => string[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  object: isObject,
  array: Array.isArray,
  null: (value) => value === null,
};

const number =
  (holds: (value: number, limit: number) => boolean, name: string): Check =>
  (value, limit: number, _, place) =>
    typeof value !== 'number' || holds(value, limit) ? [] : [`${place}: ${value} is not ${name} ${limit}`];

const size =
  (of: (value: unknown) => number | undefined, holds: (size: number, limit: number) => boolean): Check =>
  (value, limit: number, _, place) => {
    const found = of(value);
    return found === undefined || holds(found, limit)
      ? []
      : [`${place}: its length ${found} violates the limit ${limit}`];
  };

/** Counts code points, as JSON Schema does. */
const characters = (value: unknown) => (typeof value === 'string' ? Array.from(value).length : undefined);
const entries = (value: unknown) => (Array.isArray(value) ? value.length : undefined);
const names = (value: unknown) => (isObject(value) ? Object.keys(value).length : undefined);
const atLeast = (found: number, limit: number) => found >= limit;
const atMost = (found: number, limit: number) => found <= limit;

/** Returns the number of matching alternatives. */
const holding = (value: unknown, schemas: readonly JsonSchema[], place: string, validator: Validator) =>
  schemas.filter((schema) => validator.errors(value, schema, place).length === 0).length;

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (value, reference: string, _, place, validator) =>
    validator.errors(value, validator.resolve(reference) as JsonSchema, place),
  type(value, types: string | readonly string[], _, place) {
    const names = [types].flat();
    return names.some((name) => TYPES[name]?.(value))
      ? []
      : [`${place}: ${shown(value)} is not a ${names.join(' or ')}`];
  },
  enum: (value, values: readonly unknown[], _, place) =>
    values.includes(value) ? [] : [`${place}: ${shown(value)} is not one of ${values.join(', ')}`],
  const: (value, only: unknown, _, place) =>
    value === only ? [] : [`${place}: ${shown(value)} is not ${String(only)}`],
  anyOf(value, schemas: readonly JsonSchema[], _, place, validator) {
    if (holding(value, schemas, place, validator) > 0) return [];
    const why = schemas.flatMap((schema) => validator.errors(value, schema, place)).join('; ');
    return [`${place}: no alternative matches: ${why}`];
  },
  oneOf(value, schemas: readonly JsonSchema[], _, place, validator) {
    const found = holding(value, schemas, place, validator);
    return found === 1 ? [] : [`${place}: ${found} of ${schemas.length} alternatives match instead of one`];
  },
  properties: (value, properties: Readonly<Record<string, JsonSchema>>, _, place, validator) =>
    isObject(value)
      ? Object.entries(properties).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? validator.errors(value[name], schema, `${place}.${name}`) : [],
        )
      : [],
  required: (value, names: readonly string[], _, place) =>
    isObject(value)
      ? names.filter((name) => !Object.hasOwn(value, name)).map((name) => `${place}: has no ${name}`)
      : [],
  additionalProperties(value, others: boolean | JsonSchema, { properties = {} }, place, validator) {
    if (!isObject(value)) return [];
    const strangers = Object.entries(value).filter(([name]) => !Object.hasOwn(properties as object, name));
    if (others === true) return [];
    if (others === false) return strangers.map(([name]) => `${place}: has the unknown property ${name}`);
    return strangers.flatMap(([name, inner]) => validator.errors(inner, others, `${place}.${name}`));
  },
  propertyNames: (value, schema: JsonSchema, _, place, validator) =>
    isObject(value) ? Object.keys(value).flatMap((name) => validator.errors(name, schema, `${place} (a name)`)) : [],
  items: (value, schema: JsonSchema, _, place, validator) =>
    Array.isArray(value) ? value.flatMap((item, i) => validator.errors(item, schema, `${place}[${i}]`)) : [],
  pattern: (value, pattern: string, _, place) =>
    typeof value !== 'string' || new RegExp(pattern, 'u').test(value)
      ? []
      : [`${place}: ${shown(value)} does not match ${pattern}`],
  format: (value, format: string, _, place) =>
    typeof value !== 'string' || format !== 'date-time' || !Number.isNaN(Date.parse(value))
      ? []
      : [`${place}: ${shown(value)} is not a ${format}`],
  minimum: number(atLeast, 'at least'),
  maximum: number(atMost, 'at most'),
  exclusiveMinimum: number((value, limit) => value > limit, 'over'),
  minLength: size(characters, atLeast),
  maxLength: size(characters, atMost),
  minItems: size(entries, atLeast),
  maxItems: size(entries, atMost),
  maxProperties: size(names, atMost),
  uniqueItems: (value, _, __, place) => {
    const texts = Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : [];
    return new Set(texts).size === texts.length ? [] : [`${place}: has a duplicate item`];
  },
};

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 120);

export interface Validator {
  /** Returns all errors of a value; empty for a valid value. */
  errors(value: unknown, schema: JsonSchema, place?: string): string[];
  /**
   * Resolves a reference within the document.
   *
   * @throws Error if the reference has no target
   */
  resolve(reference: string): unknown;
}

/**
 * Creates a validator for the schemas of a document. Supports only the keywords in use and throws on any other, because
 * a misspelled keyword would be ignored otherwise.
 *
 * @param closed rejects undocumented properties where a schema does not set `additionalProperties`
 */
export function createValidator(document: object, { closed }: { readonly closed: boolean }): Validator {
  const validator: Validator = {
    resolve(reference) {
      let found: unknown = document;
      for (const name of reference.replace(/^#\//, '').split('/')) found = (found as Record<string, unknown>)?.[name];
      if (found === undefined || !reference.startsWith('#/')) throw new Error(`${reference} has no target`);
      return found;
    },
    errors(value, schema, place = 'value') {
      const closing = closed && schema.properties !== undefined && schema.additionalProperties === undefined;
      const whole: JsonSchema = closing ? { ...schema, additionalProperties: false } : schema;
      return Object.entries(whole).flatMap(([keyword, argument]) => {
        if (ANNOTATIONS.has(keyword)) return [];
        const check = CHECKS[keyword];
        if (!check) throw new Error(`${place}: the keyword ${keyword} is not supported`);
        return check(value, argument as never, whole, place, validator);
      });
    },
  };
  return validator;
}
