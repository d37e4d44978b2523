/** What Lambda says of stream records that it gave up: where they are, not what they hold. */
export interface StreamFailure {
  readonly requestContext?: { readonly condition?: string };
  readonly DDBStreamBatchInfo?: Readonly<Record<string, unknown>>;
}

/** The records that a dead letter's body tells of; undefined when it is no such thing. */
export function parseStreamFailure(body: string): StreamFailure | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
