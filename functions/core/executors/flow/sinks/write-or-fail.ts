import { FlowFailure } from '../flow-failure.ts';

/**
 * Waits for a write to an AWS service. The SDK has already retried transient errors for seconds; a later slice tries
 * again.
 *
 * @param what name of the written thing in the failure's message
 * @throws FlowFailure, not permanent
 * @throws the signal's reason after an abort
 */
export async function writeOrFail<Result>(what: string, write: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  try {
    return await write;
  } catch (cause) {
    signal?.throwIfAborted();
    const { name } = cause as Error;
    throw new FlowFailure(`${what} could not be written: ${name}`, { permanent: false, cause });
  }
}
