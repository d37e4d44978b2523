import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';

/** An error message, announced by screen readers when it appears. */
export function ErrorNotice({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="notice bad" role="alert">
      <Icon name="alert" />
      <div>{children}</div>
    </div>
  );
}

export function InfoNotice({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="notice" role="status">
      <Icon name="clock" />
      <div>{children}</div>
    </div>
  );
}
