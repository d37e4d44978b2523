/** `Date` headers have a resolution of one second, and responses take time: smaller differences are ignored. */
const TOLERANCE_MS = 5_000;

/** Milliseconds that the server's clock is ahead of the browser's. */
let offsetMs = 0;

/** Returns the server's time in epoch milliseconds. The browser's clock may be wrong. */
export const serverNow = (): number => Date.now() + offsetMs;

/**
 * Measures the difference between the clocks. Called for each response.
 *
 * @param date `Date` header of the response; `null` changes nothing, as when the browser hides the header
 */
export function syncServerTime(date: string | null, receivedAt: number = Date.now()): void {
  const sent = Date.parse(date ?? '');
  if (Number.isNaN(sent)) return;
  const difference = sent - receivedAt;
  if (Math.abs(difference - offsetMs) <= TOLERANCE_MS) return;
  offsetMs = Math.abs(difference) <= TOLERANCE_MS ? 0 : difference;
}
