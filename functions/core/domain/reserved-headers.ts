/** Headers of a request that are the platform's or the protocol's to set. */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
]);

/** Whether an `http` job may not set this header: requests are sent with Jobdeck's own value, or without any. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.has(name.toLowerCase());
}
