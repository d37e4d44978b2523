interface Context {
  readonly clientContext?: { readonly custom: Readonly<Record<string, unknown>> };
}

/** A Lambda function of a team: logs its event, and fails if the event says so. */
export async function handler(event: Readonly<Record<string, unknown>>, context: Context): Promise<unknown> {
  console.log(`event ${JSON.stringify(event)}`);
  if (typeof event.fail === 'string') throw new RangeError(event.fail);
  return { event, custom: context.clientContext?.custom };
}
