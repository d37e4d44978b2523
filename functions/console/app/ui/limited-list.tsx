import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount } from '../view/format.ts';
import { Button } from './button.tsx';

const LIMIT = 20;

export interface LimitedListProps<Item> {
  readonly items: readonly Item[];
  readonly itemKey: (item: Item) => string;
  /** Items that are shown although the list is long. */
  readonly isImportant?: (item: Item) => boolean;
  readonly class?: string;
  readonly children: (item: Item) => ComponentChildren;
}

/** A list that shows its first 20 items and the important ones until the user asks for all. */
export function LimitedList<Item>({ items, itemKey, isImportant, class: name, children }: LimitedListProps<Item>) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? items : items.filter((item, i) => i < LIMIT || isImportant?.(item));
  return (
    <ul class={name}>
      {shown.map((item) => (
        <li key={itemKey(item)}>{children(item)}</li>
      ))}
      {shown.length < items.length && (
        <li>
          <Button tone="quiet" onClick={() => setWhole(true)}>
            Show all {formatCount(items.length)}
          </Button>
        </li>
      )}
    </ul>
  );
}
