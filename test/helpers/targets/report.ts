interface Context {
  readonly clientContext?: { readonly custom: Readonly<Record<string, unknown>> };
}

/** Longer than any test waits, in milliseconds. */
const LONG_MS = 60_000;

/** A Lambda function of a team: logs its event, and fails or takes long if the event says so. */
export async function handler(event: Readonly<Record<string, unknown>>, context: Context): Promise<unknown> {
  console.log(`event ${JSON.stringify(event)}`);
  if (typeof event.fail === 'string') throw new RangeError(event.fail);
  if (event.takes === 'long') await new Promise((resolve) => setTimeout(resolve, LONG_MS));
  return { event, custom: context.clientContext?.custom };
}
