import type { ComponentChildren } from 'preact';
import { confirmDiscard } from '../hooks/use-unsaved-changes.ts';
import { navigate } from '../router.ts';

export interface LinkProps {
  readonly to: string;
  readonly class?: string;
  readonly label?: string;
  /** Whether it leads to where one is. */
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

/** A link to another page of the console: no reload, but for who asks for a new tab. */
export function Link({ to, class: name, label, current, children }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    confirmDiscard(() => navigate(to));
  };
  return (
    <a href={to} class={name} aria-label={label} aria-current={current ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  );
}
