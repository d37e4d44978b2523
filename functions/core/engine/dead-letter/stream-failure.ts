/**
 * The record that Lambda sends to the on-failure destination of an event source mapping. It names the position of the
 * stream records, not their content.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export interface StreamFailure {
  readonly requestContext?: { readonly condition?: string };
  readonly DDBStreamBatchInfo?: Readonly<Record<string, unknown>>;
}

/**
 * Parses the body of a dead letter from a stream.
 *
 * @returns `undefined` if the body is not a JSON object
 */
export function parseStreamFailure(body: string): StreamFailure | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
