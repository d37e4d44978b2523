import * as fc from 'fast-check';
import type { JsonSchema } from '../../../functions/api/openapi/json-schema.ts';
import type { Validator } from '../oracles/json-schema.ts';

/** Values for properties with certain names, in place of those that the schema allows. */
export type PropertyOverrides = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Text with control characters, lone surrogates, bidirectional marks and names of prototype members. */
const nastyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\r\nx-injected: 1',
    '\u001b[2J',
    '__proto__',
    'constructor',
    '../../..',
    '\ud800',
    '\u202e',
  ),
  fc.string({ minLength: 300, maxLength: 600 }),
);

/** Any JSON value. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 1e308, 0.1, [], {}, [[]], '', 'text'),
  fc.jsonValue({ maxDepth: 2 }),
);

/**
 * Generates values that a schema allows, or values close to it.
 *
 * @param byName replaces the values of certain properties
 */
export function validValues(
  schema: JsonSchema,
  validator: Validator,
  byName: PropertyOverrides = {},
): fc.Arbitrary<unknown> {
  const of = (inner: unknown) => validValues(inner as JsonSchema, validator, byName);
  const { $ref, anyOf, oneOf, enum: values, type, properties, items } = schema;
  if (typeof $ref === 'string') return of(validator.resolve($ref));
  const alternatives = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined;
  if (alternatives) return fc.oneof(...alternatives.map(of));
  if (Array.isArray(values)) return fc.constantFrom(...(values as unknown[]));
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(type)) return fc.oneof(...(type as string[]).map((one) => of({ ...schema, type: one })));
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.integer(rangeOf(schema));
    case 'number':
      return fc.double({ min: 0, max: Number(schema.maximum ?? 1e6), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(items ? of(items) : anyJson, {
        minLength: Number(schema.minItems ?? 0),
        maxLength: Math.min(Number(schema.maxItems ?? 3), Number(schema.minItems ?? 0) + 3),
      });
    case 'object':
      return properties ? objectsOf(schema, of, byName) : mapsOf(schema, of);
    default:
      return anyJson;
  }
}

/** Generates valid, slightly invalid and arbitrary values for a schema. */
export function nearlyValidValues(
  schema: JsonSchema,
  validator: Validator,
  byName: PropertyOverrides = {},
): fc.Arbitrary<unknown> {
  const good = validValues(schema, validator, byName);
  const spoilt = fc.tuple(good, fc.nat(), fc.oneof(anyJson, nastyText)).map(([value, place, other]) => {
    return typeof value === 'object' && value !== null ? spoiltAt(value, place, other) : other;
  });
  return fc.oneof({ weight: 3, arbitrary: good }, { weight: 2, arbitrary: spoilt }, { weight: 1, arbitrary: anyJson });
}

/** Replaces one nested value or adds an unknown property. */
function spoiltAt(value: object, place: number, other: unknown): unknown {
  if (Array.isArray(value)) {
    const at = place % (value.length + 1);
    return [...value.slice(0, at), other, ...value.slice(at + 1)];
  }
  const names = Object.keys(value);
  const name = names[place % (names.length + 2)] ?? (place % 2 === 0 ? 'stranger' : '__proto__');
  const inner = (value as Record<string, unknown>)[name];
  // Recurses for every other position.
  const replaced =
    typeof inner === 'object' && inner !== null && place % 2 === 0 ? spoiltAt(inner, place >> 1, other) : other;
  return { ...value, [name]: replaced };
}

function textOf({ pattern, format, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time' || String(pattern).includes('T(?:')) {
    const range = { min: new Date('1990-01-01T00:00:00Z'), max: new Date('2200-01-01T00:00:00Z'), noInvalidDate: true };
    return fc.date(range).map((date) => date.toISOString());
  }
  const plain = fc.oneof(fc.string({ minLength: 1, maxLength: Math.min(Number(maxLength), 40) }), nastyText);
  if (typeof pattern !== 'string' || pattern === '\\S') return plain;
  try {
    return fc.stringMatching(new RegExp(pattern));
  } catch {
    // fast-check does not support the pattern, for example one with a lookahead.
    return plain;
  }
}

function rangeOf({ minimum = -1_000, maximum = 1_000_000 }: JsonSchema): { min: number; max: number } {
  const min = Math.max(Number(minimum), Number.MIN_SAFE_INTEGER);
  return { min, max: Math.min(Number(maximum), Number.MAX_SAFE_INTEGER) };
}

function objectsOf(
  { properties, required = [] }: JsonSchema,
  of: (schema: unknown) => fc.Arbitrary<unknown>,
  byName: PropertyOverrides,
): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(
    Object.entries(properties as object).map(([name, schema]) => [name, byName[name] ?? of(schema)]),
  );
  return fc.record(model, { requiredKeys: required as string[] });
}

const anyName = fc.oneof(fc.string({ minLength: 1, maxLength: 8 }), fc.constantFrom('x-name', 'NAME'));

const mapsOf = ({ additionalProperties, propertyNames }: JsonSchema, of: (schema: unknown) => fc.Arbitrary<unknown>) =>
  fc.dictionary(
    isPatterned(propertyNames) ? textOf(propertyNames) : anyName,
    typeof additionalProperties === 'object' ? of(additionalProperties) : anyJson,
    { maxKeys: 3 },
  );

const isPatterned = (names: unknown): names is JsonSchema =>
  typeof names === 'object' && names !== null && 'pattern' in names;
