/** An item that is rejected even when attempted alone. */
export interface RejectedItem<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/**
 * Attempts all items together. After a rejection the list is halved until each rejected item is alone, so that it does
 * not block the others. Items are attempted repeatedly: the attempt must be idempotent.
 *
 * @param isRejection distinguishes a rejected item from an error of the service, after which all items must be retried
 *   later
 * @returns the rejected items, in order
 * @throws the first error that is not a rejection
 */
export async function isolateRejected<Item>(
  items: readonly Item[],
  attempt: (items: readonly Item[]) => Promise<void>,
  isRejection: (error: unknown) => boolean,
): Promise<readonly RejectedItem<Item>[]> {
  try {
    await attempt(items);
    return [];
  } catch (error) {
    const [item] = items;
    if (/* guard: notifier.refusal */ !isRejection(error) || item === undefined) throw error;
    if (/* guard: notifier.isolate */ items.length === 1) return [{ item, error }];
  }
  const middle = Math.ceil(items.length / 2);
  const before = await isolateRejected(items.slice(0, middle), attempt, isRejection);
  return [...before, ...(await isolateRejected(items.slice(middle), attempt, isRejection))];
}
