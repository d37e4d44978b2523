import { formatCount } from '../view/format.ts';
import type { ListPage } from '../view/pagination.ts';
import { Button } from './button.tsx';

export interface PagerProps {
  /** Name of the list for screen readers, such as `integrations`. */
  readonly what: string;
  readonly page: ListPage<unknown>;
  /** Called with the number of a page, 1 or more. */
  readonly onTurn: (page: number) => void;
}

/** Buttons for the pages of a list of known length. Renders nothing for a single page. */
export function Pager({ what, page: { rows, first, total, number, count }, onTurn }: PagerProps) {
  if (count <= 1) return null;
  return (
    <fieldset class="pager" aria-label={`Pages of ${what}`}>
      <Button disabled={number === 1} onClick={() => onTurn(number - 1)}>
        Previous
      </Button>
      <span class="muted number" role="status">
        {formatCount(first)}–{formatCount(first + rows.length - 1)} of {formatCount(total)}
      </span>
      <Button disabled={number === count} onClick={() => onTurn(number + 1)}>
        Next
      </Button>
    </fieldset>
  );
}
