import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from './button.tsx';

export interface FormRowsProps {
  /** Name of a row, such as `schedule`. */
  readonly name: string;
  readonly count: number;
  readonly maxCount: number;
  /** Rows that cannot be removed. */
  readonly minCount?: number;
  readonly addLabel: string;
  readonly onAdd: () => void;
  readonly onRemove: (row: number) => void;
  /** Controls beside the button that adds a row. */
  readonly aside?: ComponentChildren;
  /** The fields of a row. */
  readonly children: (row: number) => ComponentChildren;
}

/** Rows of fields that can be added and removed. The focus moves to the added row, or to the button that adds one. */
export function FormRows({
  name,
  count,
  maxCount,
  minCount = 0,
  addLabel,
  onAdd,
  onRemove,
  aside,
  children,
}: FormRowsProps) {
  const element = useRef<HTMLDivElement>(null);
  const before = useRef(count);
  useLayoutEffect(() => {
    const rows = element.current?.querySelectorAll('fieldset');
    if (count > before.current) rows?.[count - 1]?.querySelector<HTMLElement>('input')?.focus();
    if (count < before.current) element.current?.querySelector<HTMLElement>('.row-tools button')?.focus();
    before.current = count;
  }, [count]);
  return (
    <div ref={element} class="rows wide">
      {Array.from({ length: count }, (_, row) => (
        <fieldset key={row} class="row">
          <legend>
            {name} {row + 1}
          </legend>
          <div class="row-fields">{children(row)}</div>
          {count > minCount && (
            <Button tone="quiet" icon="trash" label={`Remove ${name} ${row + 1}`} onClick={() => onRemove(row)} />
          )}
        </fieldset>
      ))}
      <div class="row-tools">
        <Button icon="plus" disabled={count >= maxCount} onClick={onAdd}>
          {addLabel}
        </Button>
        {aside}
      </div>
    </div>
  );
}
