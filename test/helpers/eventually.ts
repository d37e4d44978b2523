import { vi } from 'vitest';

/** Retries an assertion until it holds, for at most 15 s. */
export async function waitForAssertion(assertion: () => unknown): Promise<void> {
  await vi.waitFor(assertion, { timeout: 15_000, interval: 20 });
}
