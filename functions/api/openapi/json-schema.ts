import * as z from 'zod';
import { ALSO_ACCEPTED_KEYWORD, DEFAULT_KEYWORD, discriminatorOf } from '../http/input-schemas.ts';
import { toPortablePattern } from './portable-pattern.ts';

/** A JSON Schema of the 2020-12 dialect, which is that of OpenAPI 3.1. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

const DEFINITION = '#/$defs/';
const COMPONENT = '#/components/schemas/';

/**
 * Where the value stands that a field has when a request leaves it out: in the keyword `default`, or at the end of the
 * `description`. Some generators make a field with a `default` required, in request types, too (openapi-typescript does,
 * outside of parameters), so bodies use the description.
 */
export type DefaultPlacement = 'keyword' | 'description';

/**
 * What requests of this shape look like, and answers of shapes that change nothing. Shapes that have names are put into
 * `components`, and referred to.
 */
export function toJsonSchema(
  shape: z.ZodType,
  components: Map<string, JsonSchema>,
  defaults: DefaultPlacement = 'description',
): JsonSchema {
  const override = (made: ConvertedSchema) => adjustSchema(made, defaults);
  const whole = z.toJSONSchema(shape, { io: 'input', target: 'draft-2020-12', override }) as JsonSchema;
  const { $schema: _, $defs = {}, id: __, ...schema } = whole;
  for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
    const { id: ___, ...rest } = definition;
    components.set(name, withComponentReferences(rest) as JsonSchema);
  }
  return withComponentReferences(schema) as JsonSchema;
}

interface ConvertedSchema {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: JsonSchema;
}

/** @param made what zod made of one shape, to be changed in place */
function adjustSchema({ zodSchema, jsonSchema }: ConvertedSchema, defaults: DefaultPlacement): void {
  const { [DEFAULT_KEYWORD]: byDefault, [ALSO_ACCEPTED_KEYWORD]: others } = jsonSchema;
  delete jsonSchema[DEFAULT_KEYWORD];
  delete jsonSchema[ALSO_ACCEPTED_KEYWORD];
  // A whole number that comes as text: what its text looks like is said by that.
  if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
  if (typeof jsonSchema.pattern === 'string') jsonSchema.pattern = toPortablePattern(jsonSchema.pattern);
  if (zodSchema instanceof z.ZodDiscriminatedUnion) addDiscriminator(zodSchema, jsonSchema);
  if (others !== undefined) addAlternative(others as JsonSchema, jsonSchema);
  // What a request is taken for when it says nothing may be something that no request can say.
  if (byDefault === undefined || !z.safeParse(zodSchema, byDefault).success) return;
  if (defaults === 'keyword') jsonSchema.default = byDefault;
  else
    jsonSchema.description = [jsonSchema.description, `Default: ${JSON.stringify(byDefault)}.`]
      .filter(Boolean)
      .join(' ');
}

/** OpenAPI allows a discriminator only where all alternatives are references. */
function addDiscriminator({ def }: z.ZodDiscriminatedUnion, jsonSchema: JsonSchema): void {
  const entries = def.options.map(
    (option) => [discriminatorOf(option as z.core.$ZodTypeDiscriminable), z.globalRegistry.get(option)?.id] as const,
  );
  if (entries.some(([, id]) => id === undefined)) return;
  const mapping = Object.fromEntries(entries.map(([type, id]) => [type, `${COMPONENT}${id}`]));
  jsonSchema.discriminator = { propertyName: def.discriminator, mapping };
}

/** Makes a schema, in place, accept what another one does, too. */
function addAlternative(others: JsonSchema, jsonSchema: JsonSchema): void {
  const before = { ...jsonSchema };
  for (const keyword of Object.keys(jsonSchema)) delete jsonSchema[keyword];
  jsonSchema.anyOf = [before, others];
}

function withComponentReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withComponentReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isReference = key === '$ref' && typeof inner === 'string' && inner.startsWith(DEFINITION);
      return [key, isReference ? COMPONENT + inner.slice(DEFINITION.length) : withComponentReferences(inner)];
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
