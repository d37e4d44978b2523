import * as z from 'zod';
import { findParsedSchema } from '../http/input-schemas.ts';
import { namedSchema } from './common-schemas.ts';

const INPUT = /Input$/;

/** Converted schemas. A named schema must be the same object wherever it is used. */
const parsedSchemas = new WeakMap<z.ZodType, z.ZodType>();

/**
 * Returns the schema of the values that parsing with `shape` returns, for responses that contain such values: every
 * field with a default is present. `HttpSourceInput` becomes `HttpSource`.
 */
export function toParsedSchema(shape: z.ZodType): z.ZodType {
  const made = parsedSchemas.get(shape) ?? withParsedName(shape, convert(shape));
  parsedSchemas.set(shape, made);
  return made;
}

function withParsedName(shape: z.ZodType, parsed: z.ZodType): z.ZodType {
  const id = z.globalRegistry.get(shape)?.id;
  return id !== undefined && INPUT.test(id) ? namedSchema(id.replace(INPUT, ''), parsed) : parsed;
}

function convert(shape: z.ZodType): z.ZodType {
  const declared = findParsedSchema(shape);
  if (declared) return toParsedSchema(declared);
  if (shape instanceof z.ZodObject) {
    return z.object(
      Object.fromEntries(
        Object.entries(shape.shape).map(([name, field]) => [name, toParsedSchema(field as z.ZodType)]),
      ),
    );
  }
  if (shape instanceof z.ZodDiscriminatedUnion) {
    const options = shape.options.map((option) => toParsedSchema(option as z.ZodType));
    return z.discriminatedUnion(shape.def.discriminator, options as unknown as [z.ZodObject]);
  }
  if (shape instanceof z.ZodArray) return z.array(toParsedSchema(shape.element as z.ZodType));
  if (shape instanceof z.ZodNullable) return toParsedSchema(shape.unwrap() as z.ZodType).nullable();
  if (shape instanceof z.ZodOptional) return toParsedSchema(shape.unwrap() as z.ZodType).optional();
  if (shape instanceof z.ZodPipe) {
    // One side of a pipe is a transformation; the other side has the fields.
    const { in: before, out: after } = shape.def;
    return toParsedSchema((after instanceof z.ZodTransform ? before : after) as z.ZodType);
  }
  return shape;
}
