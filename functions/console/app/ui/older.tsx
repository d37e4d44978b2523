import type { ComponentChildren } from 'preact';
import type { PagedList } from '../hooks/use-pages.ts';
import { Button } from './button.tsx';
import { Problem } from './notice.tsx';

export interface OlderProps {
  readonly list: Pick<PagedList<unknown>, 'older' | 'isBusy' | 'problem'>;
  /** What the button says. */
  readonly children: ComponentChildren;
}

/** Below a list that goes on. */
export function Older({ list: { older, isBusy, problem }, children }: OlderProps) {
  return (
    <>
      {problem && <Problem>{problem}</Problem>}
      <div class="more">
        <Button busy={isBusy} onClick={older}>
          {children}
        </Button>
      </div>
    </>
  );
}
