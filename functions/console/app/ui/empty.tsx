import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

export interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  /** Whether it is all there is on the page: its title is then the page's heading. */
  readonly whole?: boolean;
  /** What to do about it. */
  readonly children?: ComponentChildren;
}

/** Where there is nothing to show: says so, and what would change it. */
export function Empty({ icon, title, whole = false, children }: EmptyProps) {
  const Title = whole ? 'h1' : 'p';
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      <Title class="empty-title">{title}</Title>
      {children && <div class="empty-text">{children}</div>}
    </div>
  );
}
