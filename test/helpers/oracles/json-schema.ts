import type { JsonSchema } from '../../../functions/api/openapi/json-schema.ts';

/** Keywords that say something to people alone. */
const ANNOTATIONS = new Set(['description', 'default', 'example', 'examples', 'title', 'discriminator']);

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
    return found === undefined || holds(found, limit) ? [] : [`${place}: its length ${found} goes against ${limit}`];
  };

/** In code points, as JSON Schema counts. */
const characters = (value: unknown) => (typeof value === 'string' ? Array.from(value).length : undefined);
const entries = (value: unknown) => (Array.isArray(value) ? value.length : undefined);
const atLeast = (found: number, limit: number) => found >= limit;
const atMost = (found: number, limit: number) => found <= limit;

/** How many of the alternatives hold. */
const holding = (value: unknown, schemas: readonly JsonSchema[], place: string, validator: Validator) =>
  schemas.filter((schema) => validator.errors(value, schema, place).length === 0).length;

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (value, reference: string, _, place, validator) =>
    validator.errors(value, validator.resolve(reference) as JsonSchema, place),
  type(value, types: string | readonly string[], _, place) {
    const names = [types].flat();
    return names.some((name) => TYPES[name]?.(value)) ? [] : [`${place}: ${shown(value)} is no ${names.join(' or ')}`];
  },
  enum: (value, values: readonly unknown[], _, place) =>
    values.includes(value) ? [] : [`${place}: ${shown(value)} is none of ${values.join(', ')}`],
  const: (value, only: unknown, _, place) =>
    value === only ? [] : [`${place}: ${shown(value)} is not ${String(only)}`],
  anyOf(value, schemas: readonly JsonSchema[], _, place, validator) {
    if (holding(value, schemas, place, validator) > 0) return [];
    const why = schemas.flatMap((schema) => validator.errors(value, schema, place)).join('; ');
    return [`${place}: none of the alternatives holds: ${why}`];
  },
  oneOf(value, schemas: readonly JsonSchema[], _, place, validator) {
    const found = holding(value, schemas, place, validator);
    return found === 1 ? [] : [`${place}: ${found} of ${schemas.length} alternatives hold, not one`];
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
    if (others === false) return strangers.map(([name]) => `${place}: has ${name}, which is not known`);
    return strangers.flatMap(([name, inner]) => validator.errors(inner, others, `${place}.${name}`));
  },
  propertyNames: (value, schema: JsonSchema, _, place, validator) =>
    isObject(value) ? Object.keys(value).flatMap((name) => validator.errors(name, schema, `${place} (a name)`)) : [],
  items: (value, schema: JsonSchema, _, place, validator) =>
    Array.isArray(value) ? value.flatMap((item, i) => validator.errors(item, schema, `${place}[${i}]`)) : [],
  pattern: (value, pattern: string, _, place) =>
    typeof value !== 'string' || new RegExp(pattern, 'u').test(value)
      ? []
      : [`${place}: ${shown(value)} is not ${pattern}`],
  format: (value, format: string, _, place) =>
    typeof value !== 'string' || format !== 'date-time' || !Number.isNaN(Date.parse(value))
      ? []
      : [`${place}: ${shown(value)} is no ${format}`],
  minimum: number(atLeast, 'at least'),
  maximum: number(atMost, 'at most'),
  exclusiveMinimum: number((value, limit) => value > limit, 'over'),
  minLength: size(characters, atLeast),
  maxLength: size(characters, atMost),
  minItems: size(entries, atLeast),
  maxItems: size(entries, atMost),
  uniqueItems: (value, _, __, place) => {
    const texts = Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : [];
    return new Set(texts).size === texts.length ? [] : [`${place}: an item is given twice`];
  },
};

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 120);

export interface Validator {
  /** All that is wrong with a value; nothing when it is as the schema says. */
  errors(value: unknown, schema: JsonSchema, place?: string): string[];
  /** What a reference within the document leads to. @throws Error when that is nothing */
  resolve(reference: string): unknown;
}

/**
 * Checks values against schemas of a document. It knows the keywords that are used here, and throws at any other: a
 * misspelled one would let everything pass.
 *
 * @param closed whether an object may have no other properties than those that its schema names, where that is silent
 */
export function createValidator(document: object, { closed }: { readonly closed: boolean }): Validator {
  const validator: Validator = {
    resolve(reference) {
      let found: unknown = document;
      for (const name of reference.replace(/^#\//, '').split('/')) found = (found as Record<string, unknown>)?.[name];
      if (found === undefined || !reference.startsWith('#/')) throw new Error(`${reference} leads nowhere`);
      return found;
    },
    errors(value, schema, place = 'value') {
      const closing = closed && schema.properties !== undefined && schema.additionalProperties === undefined;
      const whole: JsonSchema = closing ? { ...schema, additionalProperties: false } : schema;
      return Object.entries(whole).flatMap(([keyword, argument]) => {
        if (ANNOTATIONS.has(keyword)) return [];
        const check = CHECKS[keyword];
        if (!check) throw new Error(`${place}: the keyword ${keyword} is not known`);
        return check(value, argument as never, whole, place, validator);
      });
    },
  };
  return validator;
}
