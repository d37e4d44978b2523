import * as z from 'zod';
import { ALSO_ACCEPTED_KEYWORD, DEFAULT_KEYWORD, discriminatorOf } from '../http/input-schemas.ts';
import { toPortablePattern } from './portable-pattern.ts';

/** A JSON Schema of the 2020-12 dialect, which OpenAPI 3.1 uses. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

const DEFINITION = '#/$defs/';
const COMPONENT = '#/components/schemas/';

/**
 * The place of a field's default: the keyword `default`, or the end of the `description`. Bodies use the description,
 * because some generators (openapi-typescript, outside of parameters) make a field with a `default` required in request
 * types.
 */
export type DefaultPlacement = 'keyword' | 'description';

/**
 * Converts a zod schema to the JSON Schema of its input. Schemas of responses have no transformations, so that input
 * and output are equal. Named schemas are added to `components` and replaced by references.
 */
export function toJsonSchema(
  zodSchema: z.ZodType,
  components: Map<string, JsonSchema>,
  defaults: DefaultPlacement = 'description',
): JsonSchema {
  const override = (made: ConvertedSchema) => adjustSchema(made, defaults);
  const converted = z.toJSONSchema(zodSchema, { io: 'input', target: 'draft-2020-12', override }) as JsonSchema;
  const { $schema: _, $defs = {}, id: __, ...schema } = converted;
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

/** Adjusts the JSON Schema that zod derived from one schema, in place. */
function adjustSchema({ zodSchema, jsonSchema }: ConvertedSchema, defaults: DefaultPlacement): void {
  const { [DEFAULT_KEYWORD]: defaultValue, [ALSO_ACCEPTED_KEYWORD]: alternative } = jsonSchema;
  delete jsonSchema[DEFAULT_KEYWORD];
  delete jsonSchema[ALSO_ACCEPTED_KEYWORD];
  // An integer that is sent as text has a pattern for the text, which does not apply to the integer.
  if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
  if (typeof jsonSchema.pattern === 'string') jsonSchema.pattern = toPortablePattern(jsonSchema.pattern);
  if (zodSchema instanceof z.ZodDiscriminatedUnion) addDiscriminator(zodSchema, jsonSchema);
  if (alternative !== undefined) addAlternative(alternative as JsonSchema, jsonSchema);
  // A default may be a value that requests cannot contain.
  if (defaultValue === undefined || !z.safeParse(zodSchema, defaultValue).success) return;
  if (defaults === 'keyword') jsonSchema.default = defaultValue;
  else
    jsonSchema.description = [jsonSchema.description, `Default: ${JSON.stringify(defaultValue)}.`]
      .filter(Boolean)
      .join(' ');
}

/** Adds a discriminator. OpenAPI allows it only if all alternatives are references. */
function addDiscriminator({ def }: z.ZodDiscriminatedUnion, jsonSchema: JsonSchema): void {
  const entries = def.options.map(
    (option) => [discriminatorOf(option as z.core.$ZodTypeDiscriminable), z.globalRegistry.get(option)?.id] as const,
  );
  if (entries.some(([, id]) => id === undefined)) return;
  const mapping = Object.fromEntries(entries.map(([type, id]) => [type, `${COMPONENT}${id}`]));
  jsonSchema.discriminator = { propertyName: def.discriminator, mapping };
}

/** Makes a JSON Schema accept the values of another one as well, in place. */
function addAlternative(alternative: JsonSchema, jsonSchema: JsonSchema): void {
  const before = { ...jsonSchema };
  for (const keyword of Object.keys(jsonSchema)) delete jsonSchema[keyword];
  jsonSchema.anyOf = [before, alternative];
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

/** Removes null from a schema, because query parameters cannot be null. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (Array.isArray(rest.type)) return { ...rest, type: rest.type.filter((type) => type !== 'null')[0] };
  if (!Array.isArray(anyOf)) return schema;
  const alternative = (anyOf as JsonSchema[]).filter(({ type }) => type !== 'null');
  return alternative.length === 1 ? { ...alternative[0], ...rest } : { ...rest, anyOf: alternative };
}
