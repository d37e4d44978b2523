import type { ComponentChildren } from 'preact';
import { confirmDiscard } from '../hooks/use-unsaved-changes.ts';
import { navigate } from '../router.ts';

export interface LinkProps {
  readonly to: string;
  readonly class?: string;
  readonly label?: string;
  /** Set to `true` if the link leads to the current page. */
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

/** A link to another page of the console. It navigates without a reload unless the user opens a new tab. */
export function Link({ to, class: name, label, current, children }: LinkProps) {
  const onClick = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    confirmDiscard(() => navigate(to));
  };
  return (
    <a href={to} class={name} aria-label={label} aria-current={current ? 'page' : undefined} onClick={onClick}>
      {children}
    </a>
  );
}
