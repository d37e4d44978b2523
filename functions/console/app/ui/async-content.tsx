import type { ComponentChildren } from 'preact';
import { ApiError, errorMessage } from '../api/errors.ts';
import type { Polled } from '../hooks/use-poll.ts';
import { useTitle } from '../hooks/use-title.ts';
import { PATHS } from '../view/routes.ts';
import { Button, LinkButton } from './button.tsx';
import { EmptyState } from './empty-state.tsx';
import { ErrorNotice } from './notice.tsx';
import { PageHeader } from './page-header.tsx';

export interface AsyncContentProps<Data> {
  readonly source: Polled<Data>;
  /** Name of the data for messages, such as `the jobs`. */
  readonly label: string;
  /**
   * Set to `true` if the page has no other content: the heading and title then also show while loading and after a
   * failure.
   */
  readonly standalone?: boolean;
  /**
   * Target of the link on a page that cannot be shown.
   *
   * @defaultValue the list of jobs
   */
  readonly parent?: { readonly to: string; readonly name: string };
  /** Placeholder while loading. */
  readonly skeleton?: ComponentChildren;
  readonly children: (data: Data) => ComponentChildren;
}

const DEFAULT_PARENT = { to: PATHS.jobs, name: 'Jobs' };

/**
 * Renders polled data: a placeholder while loading, an error message after a failure, and a warning if the data is
 * outdated.
 */
export function AsyncContent<Data>({
  source,
  label,
  standalone = false,
  parent = DEFAULT_PARENT,
  skeleton,
  children,
}: AsyncContentProps<Data>) {
  const { data, error, refresh } = source;
  if (data === undefined && error === undefined) {
    return (
      <>
        {standalone && <Title>Loading …</Title>}
        {skeleton ?? <Skeleton />}
      </>
    );
  }
  if (data === undefined) {
    const isMissing = error instanceof ApiError && error.status === 404;
    const title = isMissing ? 'Not found' : `Cannot load ${label}`;
    return (
      <>
        {standalone && <PageHeader title={title} parent={parent} />}
        <EmptyState icon={isMissing ? 'search' : 'alert'} title={standalone ? 'No content to show' : title}>
          {isMissing ? <p>{error.message}. It may have been deleted.</p> : <p role="alert">{errorMessage(error)}</p>}
          {isMissing && standalone && <LinkButton to={parent.to}>Go back</LinkButton>}
          {!isMissing && (
            <Button icon="again" onClick={() => void refresh()}>
              Try again
            </Button>
          )}
        </EmptyState>
      </>
    );
  }
  return (
    <>
      {error !== undefined && <ErrorNotice>This data is outdated. {errorMessage(error)} Retrying …</ErrorNotice>}
      {children(data)}
    </>
  );
}

/** Sets the title of the document while no page header is shown. */
function Title({ children }: { readonly children: string }) {
  useTitle(children);
  return null;
}

/** Placeholder lines shown while content loads. */
export function Skeleton({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
