import { formatCount } from '../view/format.ts';
import type { ListPage } from '../view/pagination.ts';
import { Button } from './button.tsx';

export interface PagerProps {
  /** Name of the list for screen readers, such as `integrations`. */
  readonly label: string;
  readonly page: ListPage<unknown>;
  /** Called with the number of a page, 1 or more. */
  readonly onPageChange: (page: number) => void;
}

/** Buttons for the pages of a list of known length. Renders nothing for a single page. */
export function Pager({ label, page: { rows, first, total, number, count }, onPageChange }: PagerProps) {
  if (count <= 1) return null;
  return (
    <fieldset class="pager" aria-label={`Pages of ${label}`}>
      <Button disabled={number === 1} onClick={() => onPageChange(number - 1)}>
        Previous
      </Button>
      <span class="muted number" role="status">
        {formatCount(first)}–{formatCount(first + rows.length - 1)} of {formatCount(total)}
      </span>
      <Button disabled={number === count} onClick={() => onPageChange(number + 1)}>
        Next
      </Button>
    </fieldset>
  );
}
