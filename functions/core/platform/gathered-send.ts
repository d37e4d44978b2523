/** Milliseconds for which an item waits for the other senders. */
const MAX_WAIT_MS = 250;

interface WaitingItem<Item> {
  readonly item: Item;
  readonly sent: PromiseWithResolvers<void>;
}

/**
 * Sends the items of concurrent senders together, which costs one request instead of one for each. The items are sent
 * when every sender waits for its item or has ended, and at most 250 ms after the first, so that a slow sender does not
 * delay the others.
 */
export class GatheredSend<Item> {
  readonly #sendAll: (items: readonly Item[]) => Promise<void>;
  #senders = 0;
  #waiting: WaitingItem<Item>[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(sendAll: (items: readonly Item[]) => Promise<void>) {
    this.#sendAll = sendAll;
  }

  /** Runs the work of a sender. */
  async asSender<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#senders++;
    try {
      return await work();
    } finally {
      this.#senders--;
      this.#sendIfComplete();
    }
  }

  /**
   * Resolves when the item has been sent. Call it within `asSender`.
   *
   * @throws the error of the request that contained the item
   */
  async send(item: Item): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#waiting.push({ item, sent });
    this.#timer ??= setTimeout(() => this.#sendWaiting(), /* guard: send.gathered.slow */ MAX_WAIT_MS);
    this.#sendIfComplete();
    return sent.promise;
  }

  #sendIfComplete(): void {
    if (this.#waiting.length >= this.#senders) this.#sendWaiting();
  }

  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (waiting.length === 0) return;
    this.#sendAll(waiting.map(({ item }) => item)).then(
      () => {
        for (const { sent } of waiting) sent.resolve();
      },
      (error: unknown) => {
        for (const { sent } of waiting) sent.reject(error);
      },
    );
  }
}
