import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { Link } from './link.tsx';

type Tone = 'plain' | 'primary' | 'danger' | 'quiet';

interface Look {
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly children?: ComponentChildren;
  /** Accessible name of a button without text. */
  readonly label?: string;
}

export interface ButtonProps extends Look {
  readonly onClick?: (event: MouseEvent) => void;
  readonly type?: 'button' | 'submit';
  readonly busy?: boolean;
  readonly disabled?: boolean;
}

const classOf = ({ tone = 'plain', children }: Look) => `button ${tone}${children ? '' : ' icon-only'}`;

/** A busy button ignores clicks but keeps the focus. */
export function Button({ onClick, type = 'button', busy = false, disabled = false, ...look }: ButtonProps) {
  const press = (event: MouseEvent) => {
    if (busy) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      type={type}
      class={classOf(look)}
      aria-label={look.label}
      title={look.children ? undefined : look.label}
      aria-busy={busy}
      aria-disabled={busy}
      disabled={disabled}
      onClick={press}
    >
      {look.icon && <Icon name={look.icon} />}
      {look.children}
    </button>
  );
}

export function LinkButton({ to, ...look }: Look & { readonly to: string }) {
  return (
    <Link to={to} class={classOf(look)} {...(look.label !== undefined && { label: look.label })}>
      {look.icon && <Icon name={look.icon} />}
      {look.children}
    </Link>
  );
}
