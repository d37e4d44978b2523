/** Counts events elsewhere and runs actions after a number of them. */
export interface EventTrigger {
  readonly notify: () => void;
  /**
   * Runs `act` synchronously after `count` further events.
   *
   * @returns the result of `act`
   */
  after<Result>(count: number, act: () => Result): Promise<Result>;
}

export function createEventTrigger(): EventTrigger {
  let come = 0;
  const waiting = new Set<{ readonly at: number; readonly act: () => void }>();
  return {
    notify() {
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
