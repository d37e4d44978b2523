/** A message in a queue. */
export interface GroupedMessage {
  readonly id: string;
  readonly body: string;
  /** The message group: the tenant. */
  readonly group: string;
  readonly sentAt: number;
  receives: number;
}

/**
 * The visible messages of a fair SQS queue. The next message is the oldest of the group with the fewest messages in
 * flight, as in the local system.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export class FairQueue {
  readonly #groups = new Map<string, GroupedMessage[]>();
  readonly #inFlight = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  add(message: GroupedMessage): void {
    const waiting = this.#groups.get(message.group);
    if (waiting) waiting.push(message);
    else this.#groups.set(message.group, [message]);
  }

  /** Takes up to `count` messages, which are in flight until `end`. */
  take(count: number): readonly GroupedMessage[] {
    const taken: GroupedMessage[] = [];
    while (taken.length < count) {
      const next = this.#next();
      if (!next) break;
      this.#count(next.group, 1);
      taken.push(next);
    }
    return taken;
  }

  /** Ends the flight of a message that was processed or is to be received again. */
  end({ group }: GroupedMessage): void {
    this.#count(group, -1);
  }

  #next(): GroupedMessage | undefined {
    let selected: { readonly group: string; readonly messages: GroupedMessage[]; readonly load: number } | undefined;
    for (const [group, messages] of this.#groups) {
      const load = this.#inFlight.get(group) ?? 0;
      const isOlder = selected && load === selected.load && sentAt(messages) < sentAt(selected.messages);
      if (!selected || load < selected.load || isOlder) selected = { group, messages, load };
    }
    const message = selected?.messages.shift();
    if (selected?.messages.length === 0) this.#groups.delete(selected.group);
    return message;
  }

  #count(group: string, change: number): void {
    const count = (this.#inFlight.get(group) ?? 0) + change;
    if (count === 0) this.#inFlight.delete(group);
    else this.#inFlight.set(group, count);
  }
}

const sentAt = ([first]: readonly GroupedMessage[]): number => first?.sentAt ?? Number.POSITIVE_INFINITY;
