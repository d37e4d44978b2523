import type { PayloadSchema, StandardSchema } from '../../../scripts/lib/define-script.ts';
import { formatFieldPath } from '../../domain/field-path.ts';
import type { Json } from '../../domain/json.ts';

/** The payload of a run does not fit the schema of its script. */
export class PayloadError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PayloadError';
  }
}

/**
 * Validates the payload of a run. A JSON Schema is checked by the API only, when the run is triggered.
 *
 * @param schema the schema that the script declares
 * @returns the payload, or what a Standard Schema makes of it
 * @throws PayloadError with the path of each field that does not fit
 */
export async function parsePayload<Payload>(
  schema: PayloadSchema<Payload> | undefined,
  payload: Json | undefined,
): Promise<Payload> {
  if (!isStandardSchema(schema)) return payload as Payload;
  const result = await schema['~standard'].validate(payload);
  if (!result.issues) return result.value;
  const problems = result.issues.map(({ path = [], message }) => {
    const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
    return `${formatFieldPath(['payload', ...keys])}: ${message}`;
  });
  throw new PayloadError(problems.join('; '));
}

export const isStandardSchema = <Payload>(
  schema: PayloadSchema<Payload> | undefined,
): schema is StandardSchema<Payload> => schema !== undefined && '~standard' in schema;
