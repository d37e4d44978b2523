import type { ComponentChildren } from 'preact';
import type { PagedList } from '../hooks/use-paged-list.ts';
import { Button } from './button.tsx';
import { ErrorNotice } from './notice.tsx';

export interface LoadMoreProps {
  readonly list: Pick<PagedList<unknown>, 'loadOlder' | 'isBusy' | 'error'>;
  /** Label of the button. */
  readonly children: ComponentChildren;
}

/** A button that loads the next page of a list. */
export function LoadMore({ list: { loadOlder, isBusy, error }, children }: LoadMoreProps) {
  return (
    <>
      {error && <ErrorNotice>{error}</ErrorNotice>}
      <div class="more">
        <Button busy={isBusy} onClick={loadOlder}>
          {children}
        </Button>
      </div>
    </>
  );
}
