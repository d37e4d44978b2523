import type { ComponentChildren } from 'preact';
import type { PagedList } from '../hooks/use-paged-list.ts';
import { Button } from './button.tsx';
import { ErrorNotice } from './notice.tsx';

export interface LoadMoreProps {
  readonly list: Pick<PagedList<unknown>, 'older' | 'isBusy' | 'problem'>;
  /** What the button says. */
  readonly children: ComponentChildren;
}

/** Below a list that goes on. */
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
