/** An action at a virtual time. */
export interface TimedEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  /** `undefined` after the event was canceled. */
  run: (() => void) | undefined;
}

/** Events in the order of their times. Events of the same time keep the order in which they were added. */
export class EventQueue {
  /** The next event is last: most events are added for the near future, close to the end. */
  readonly #events: TimedEvent[] = [];

  add(at: number, run: () => void): TimedEvent {
    const event = { at, run };
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as TimedEvent).at > at) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, event);
    return event;
  }

  /** Removes and returns the next event, or `undefined` if there is none until `limit`. */
  take(limit: number): TimedEvent | undefined {
    const next = this.#events.at(-1);
    return next === undefined || next.at > limit ? undefined : this.#events.pop();
  }
}
