import { Component, type ComponentChildren } from 'preact';
import { errorMessage } from '../api/errors.ts';
import { PATHS } from '../view/routes.ts';
import { Button, LinkButton } from './button.tsx';
import { EmptyState } from './empty-state.tsx';
import { PageHeader } from './page-header.tsx';

export interface ErrorBoundaryProps {
  /** The URL of the page that `children` show. A new URL resets the error. */
  readonly place: string;
  /**
   * Set to `true` if no frame surrounds `children`.
   *
   * @defaultValue false
   */
  readonly whole?: boolean;
  readonly children: ComponentChildren;
}

interface State {
  readonly error: unknown;
  /** The URL at which the error occurred; `null` if there was no error. */
  readonly place: string | null;
}

/** Shows an error that occurs while its children render, with ways to continue, instead of an empty page. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  override state: State = { error: undefined, place: null };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ error, place: this.props.place });
  }

  override render({ place, whole = false, children }: ErrorBoundaryProps, state: State): ComponentChildren {
    if (state.place !== place) return children;
    return whole ? <FatalError error={state.error} /> : <RenderError error={state.error} />;
  }
}

/** Replaces a console that cannot be rendered. */
export const FatalError = ({ error }: { readonly error: unknown }) => (
  <main class="fatal">
    <RenderError error={error} />
  </main>
);

/** Replaces a page that cannot be rendered. */
function RenderError({ error }: { readonly error: unknown }) {
  return (
    <>
      <PageHeader title="This page cannot be displayed" />
      <EmptyState icon="alert" title="An unexpected error occurred">
        <p role="alert">
          <code>{errorMessage(error)}</code>
        </p>
        <p>No data was lost. Reload the page. If the error persists, send its text to your administrator.</p>
        <div class="actions">
          <Button tone="primary" icon="again" onClick={() => location.reload()}>
            Reload
          </Button>
          <LinkButton to={PATHS.jobs}>Go to the start page</LinkButton>
        </div>
      </EmptyState>
    </>
  );
}
