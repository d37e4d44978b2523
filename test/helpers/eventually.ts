import { vi } from 'vitest';

/** Waits until the assertion holds, long enough for a busy machine. */
export async function waitForAssertion(assertion: () => unknown): Promise<void> {
  await vi.waitFor(assertion, { timeout: 15_000, interval: 20 });
}
