/** Moments of what is going on elsewhere, in the order in which they come, for whoever wants to meddle at one of them. */
export interface EventTrigger {
  readonly noticed: () => void;
  /** Calls `act` at once when that many more moments have come. Resolves with what it returns. */
  after<Result>(count: number, act: () => Result): Promise<Result>;
}

export function createEventTrigger(): EventTrigger {
  let come = 0;
  const waiting = new Set<{ readonly at: number; readonly act: () => void }>();
  return {
    noticed() {
      come += 1;
      for (const waiter of waiting) {
        if (waiter.at > come) continue;
        waiting.delete(waiter);
        waiter.act();
      }
    },
    after: (count, act) =>
      new Promise((resolve) => {
        waiting.add({ at: come + count, act: () => resolve(act()) });
      }),
  };
}
