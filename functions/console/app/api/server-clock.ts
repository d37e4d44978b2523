/** `Date` headers have whole seconds, and answers take a while: a smaller difference says nothing. */
const TOLERANCE_MS = 5_000;

/** Milliseconds that the platform's clock is ahead of this browser's; 0 until an answer shows a difference. */
let offsetMs = 0;

/** The time by the platform's clock, in epoch milliseconds: the browser's own may be wrong. */
export const serverNow = (): number => Date.now() + offsetMs;

/**
 * Compares the clocks, whenever an answer arrives.
 *
 * @param date the answer's `Date` header; `null`, as where the browser hides the header, changes nothing
 */
export function syncServerTime(date: string | null, receivedAt: number = Date.now()): void {
  const sent = Date.parse(date ?? '');
  if (Number.isNaN(sent)) return;
  const difference = sent - receivedAt;
  if (Math.abs(difference - offsetMs) <= TOLERANCE_MS) return;
  offsetMs = Math.abs(difference) <= TOLERANCE_MS ? 0 : difference;
}
