import * as z from 'zod';
import { DEFAULT } from '../edge/shapes.ts';

/** A JSON Schema of the 2020-12 dialect, which is that of OpenAPI 3.1. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

const DEFINITION = '#/$defs/';
const COMPONENT = '#/components/schemas/';

/**
 * What requests of this shape look like, and answers of shapes that change nothing. Shapes that have names are put into
 * `components`, and referred to.
 */
export function jsonSchemaOf(shape: z.ZodType, components: Map<string, JsonSchema>): JsonSchema {
  const whole = z.toJSONSchema(shape, { io: 'input', target: 'draft-2020-12', override: tidy }) as JsonSchema;
  const { $schema: _, $defs = {}, id: __, ...schema } = whole;
  for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
    const { id: ___, ...rest } = definition;
    components.set(name, withReferences(rest) as JsonSchema);
  }
  return withReferences(schema) as JsonSchema;
}

/** @param made what zod made of one shape, to be changed in place */
function tidy({
  zodSchema,
  jsonSchema,
}: {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: JsonSchema;
}): void {
  const { [DEFAULT]: byDefault } = jsonSchema;
  delete jsonSchema[DEFAULT];
  // What a request is taken for when it says nothing may be something that no request can say.
  if (byDefault !== undefined && z.safeParse(zodSchema, byDefault).success) jsonSchema.default = byDefault;
  // A whole number that comes as text: what its text looks like is said by that.
  if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
}

function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isReference = key === '$ref' && typeof inner === 'string' && inner.startsWith(DEFINITION);
      return [key, isReference ? COMPONENT + inner.slice(DEFINITION.length) : withReferences(inner)];
    }),
  );
}

/** A schema without null: what parameters of a query cannot be. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (Array.isArray(rest.type)) return { ...rest, type: rest.type.filter((type) => type !== 'null')[0] };
  if (!Array.isArray(anyOf)) return schema;
  const others = (anyOf as JsonSchema[]).filter(({ type }) => type !== 'null');
  return others.length === 1 ? { ...others[0], ...rest } : { ...rest, anyOf: others };
}
