/** Request headers that only the platform or the protocol sets. */
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

/** @returns `true` if an `http` job may not set this header */
export function isReservedHeader(name: string): boolean {
  return RESERVED.has(name.toLowerCase());
}
