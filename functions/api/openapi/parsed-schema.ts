import * as z from 'zod';
import { findParsedSchema } from '../http/input-schemas.ts';
import { namedSchema } from './common-schemas.ts';

const INPUT = /Input$/;

/** Converted schemas. A named schema must be the same object wherever it is used. */
const parsedSchemas = new WeakMap<z.ZodType, z.ZodType>();

/**
 * Returns the schema of the values that parsing with `schema` returns, for responses that contain such values: every
 * field with a default is present. `HttpSourceInput` becomes `HttpSource`.
 */
export function toParsedSchema(schema: z.ZodType): z.ZodType {
  const converted = parsedSchemas.get(schema) ?? withParsedName(schema, convert(schema));
  parsedSchemas.set(schema, converted);
  return converted;
}

function withParsedName(schema: z.ZodType, parsed: z.ZodType): z.ZodType {
  const id = z.globalRegistry.get(schema)?.id;
  return id !== undefined && INPUT.test(id) ? namedSchema(id.replace(INPUT, ''), parsed) : parsed;
}

function convert(schema: z.ZodType): z.ZodType {
  const declared = findParsedSchema(schema);
  if (declared) return toParsedSchema(declared);
  if (schema instanceof z.ZodObject) {
    return z.object(
      Object.fromEntries(
        Object.entries(schema.shape).map(([name, field]) => [name, toParsedSchema(field as z.ZodType)]),
      ),
    );
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const options = schema.options.map((option) => toParsedSchema(option as z.ZodType));
    return z.discriminatedUnion(schema.def.discriminator, options as unknown as [z.ZodObject]);
  }
  if (schema instanceof z.ZodArray) return z.array(toParsedSchema(schema.element as z.ZodType));
  if (schema instanceof z.ZodNullable) return toParsedSchema(schema.unwrap() as z.ZodType).nullable();
  if (schema instanceof z.ZodOptional) return toParsedSchema(schema.unwrap() as z.ZodType).optional();
  if (schema instanceof z.ZodPipe) {
    // One side of a pipe is a transformation; the other side has the fields.
    const { in: before, out: after } = schema.def;
    return toParsedSchema((after instanceof z.ZodTransform ? before : after) as z.ZodType);
  }
  return schema;
}
