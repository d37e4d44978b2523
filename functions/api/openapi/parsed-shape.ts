import * as z from 'zod';
import { findParsedShape } from '../http/shapes.ts';
import { called } from './described.ts';

const INPUT = /Input$/;

/** Shapes made so far: a named one must be the same object wherever it is referred to. */
const known = new WeakMap<z.ZodType, z.ZodType>();

/**
 * Returns the shape of the values that parsing with `shape` returns, for the answers that show such values: every field that
 * has a default is there. `HttpSourceInput` becomes `HttpSource`.
 */
export function parsedShape(shape: z.ZodType): z.ZodType {
  const made = known.get(shape) ?? named(shape, convert(shape));
  known.set(shape, made);
  return made;
}

function named(shape: z.ZodType, parsed: z.ZodType): z.ZodType {
  const id = z.globalRegistry.get(shape)?.id;
  return id !== undefined && INPUT.test(id) ? called(id.replace(INPUT, ''), parsed) : parsed;
}

function convert(shape: z.ZodType): z.ZodType {
  const declared = findParsedShape(shape);
  if (declared) return parsedShape(declared);
  if (shape instanceof z.ZodObject) {
    return z.object(
      Object.fromEntries(Object.entries(shape.shape).map(([name, field]) => [name, parsedShape(field as z.ZodType)])),
    );
  }
  if (shape instanceof z.ZodDiscriminatedUnion) {
    const options = shape.options.map((option) => parsedShape(option as z.ZodType));
    return z.discriminatedUnion(shape.def.discriminator, options as unknown as [z.ZodObject]);
  }
  if (shape instanceof z.ZodArray) return z.array(parsedShape(shape.element as z.ZodType));
  if (shape instanceof z.ZodNullable) return parsedShape(shape.unwrap() as z.ZodType).nullable();
  if (shape instanceof z.ZodOptional) return parsedShape(shape.unwrap() as z.ZodType).optional();
  if (shape instanceof z.ZodPipe) {
    // One side of a pipe is a transformation: the other side says which fields there are.
    const { in: before, out: after } = shape.def;
    return parsedShape((after instanceof z.ZodTransform ? before : after) as z.ZodType);
  }
  return shape;
}
