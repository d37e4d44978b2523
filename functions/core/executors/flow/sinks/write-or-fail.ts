import { FlowFailure } from '../flow-failure.ts';

/**
 * Waits for a write to a service of the platform. The SDK has repeated what may pass within seconds; what is left may
 * pass by the next slice.
 *
 * @param what what is written, for the failure's message
 * @throws FlowFailure
 * @throws the signal's reason, once it is aborted
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
