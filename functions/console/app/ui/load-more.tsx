import type { ComponentChildren } from 'preact';
import type { PagedList } from '../hooks/use-paged-list.ts';
import { Button } from './button.tsx';
import { ErrorNotice } from './notice.tsx';

export interface LoadMoreProps {
  readonly list: Pick<PagedList<unknown>, 'older' | 'isBusy' | 'problem'>;
  /** Label of the button. */
  readonly children: ComponentChildren;
}

/** A button that loads the next page of a list. */
export function LoadMore({ list: { older, isBusy, problem }, children }: LoadMoreProps) {
  return (
    <>
      {problem && <ErrorNotice>{problem}</ErrorNotice>}
      <div class="more">
        <Button busy={isBusy} onClick={older}>
          {children}
        </Button>
      </div>
    </>
  );
}
