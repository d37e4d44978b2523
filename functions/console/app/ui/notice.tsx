import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';

/** Something that went wrong. Read out as it appears. */
export function ErrorNotice({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="notice bad" role="alert">
      <Icon name="alert" />
      <div>{children}</div>
    </div>
  );
}

/** Something to know. */
export function InfoNotice({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="notice" role="status">
      <Icon name="clock" />
      <div>{children}</div>
    </div>
  );
}
