import type { ComponentChildren } from 'preact';
import { useTitle } from '../hooks/use-title.ts';
import { Icon } from './icon.tsx';
import { Link } from './link.tsx';

export interface PageHeaderProps {
  readonly title: string;
  readonly lead?: ComponentChildren;
  /** Link to the parent page. */
  readonly parent?: { readonly to: string; readonly name: string };
  /** Buttons and links for the page as a whole. */
  readonly actions?: ComponentChildren;
}

/** The header of a page: its only `h1`, which is also the title of the document. */
export function PageHeader({ title, lead, parent, actions }: PageHeaderProps) {
  useTitle(title);
  return (
    <header class="page-head">
      <div class="page-title">
        {parent && (
          <Link to={parent.to} class="up">
            <Icon name="back" />
            <bdi>{parent.name}</bdi>
          </Link>
        )}
        <h1>
          <bdi>{title}</bdi>
        </h1>
        {lead && <div class="lead">{lead}</div>}
      </div>
      {actions && <div class="actions">{actions}</div>}
    </header>
  );
}
