/**
 * Calls `poll` every `intervalMs` milliseconds until disposed. Calls do not overlap, and disposal waits for the current
 * one.
 *
 * @param poll must not reject
 */
export function startPolling(intervalMs: number, poll: () => Promise<void>): AsyncDisposable {
  let pendingPoll: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    pendingPoll = pendingPoll.then(poll);
  }, intervalMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await pendingPoll;
    },
  };
}
