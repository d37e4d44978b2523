import type { ComponentChildren } from 'preact';
import { ApiProblem, shownProblem } from '../api/problem.ts';
import type { Polled } from '../hooks/use-poll.ts';
import { Button } from './button.tsx';
import { Empty } from './empty.tsx';
import { Problem } from './notice.tsx';

export interface LoadedProps<Data> {
  readonly of: Polled<Data>;
  /** What is loaded, for messages: `the jobs`. */
  readonly what: string;
  /** Whether there is nothing else on the page. */
  readonly whole?: boolean;
  /** Shown until there is something. */
  readonly skeleton?: ComponentChildren;
  readonly children: (data: Data) => ComponentChildren;
}

/** What was polled; until then its outline, and instead of it what went wrong. */
export function Loaded<Data>({ of, what, whole = false, skeleton, children }: LoadedProps<Data>) {
  const { data, error, refresh } = of;
  if (data === undefined && error === undefined) return <>{skeleton ?? <Skeleton />}</>;
  if (data === undefined) {
    if (error instanceof ApiProblem && error.status === 404) {
      return (
        <Empty icon="search" title="Not here" whole={whole}>
          <p>{error.message}. It may have been deleted, or never have been there.</p>
        </Empty>
      );
    }
    return (
      <Empty icon="alert" title={`Cannot show ${what}`} whole={whole}>
        <p role="alert">{shownProblem(error)}</p>
        <Button icon="again" onClick={() => void refresh()}>
          Try again
        </Button>
      </Empty>
    );
  }
  return (
    <>
      {error !== undefined && (
        <Problem>This is how it was a while ago. {shownProblem(error)} It will be tried again.</Problem>
      )}
      {children(data)}
    </>
  );
}

/** Lines in place of what is on its way. */
export function Skeleton({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
