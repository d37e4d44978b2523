import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface PanelProps {
  readonly title?: string;
  /** Content beside the title. */
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A titled section of a page. */
export function Panel({ title, aside, class: name = '', children }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${name}`} aria-labelledby={title ? id : undefined}>
      {(title || aside) && (
        <header class="panel-head">
          {title && (
            <h2 id={id}>
              <bdi>{title}</bdi>
            </h2>
          )}
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}
