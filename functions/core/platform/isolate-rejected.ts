/** An item that is refused even when it is alone. */
export interface RejectedItem<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/**
 * Attempts all items at once. Where the attempt is refused for what one of them holds, halves the list until each
 * refused item is alone, so that it holds up no other one. Items are attempted again: the attempt must be idempotent.
 *
 * @param isRejection tells an error of an item from an error of the service, for which all items are to be tried later
 * @returns the refused items, in their order
 * @throws the first error that is no refusal
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
