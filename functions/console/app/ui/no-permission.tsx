import { type Action, rolesFor } from '../../../core/domain/access.ts';
import { useApp } from '../app-context.ts';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';

/**
 * Explains that a page requires another role, and how to get access.
 *
 * @param what the activity that requires the role, such as `Managing keys`
 */
export function NoPermission({ action, what }: { readonly action: Action; readonly what: string }) {
  const { person, signOut } = useApp();
  const roles = rolesFor(action);
  const needed = roles.length > 1 ? `${roles.slice(0, -1).join(', ')} or ${roles.at(-1)}` : roles[0];
  return (
    <EmptyState icon="lock" title="This page is not for your role">
      <p>
        {what} takes the role {needed}. In {person.tenant} you are {person.roles.join(', ') || 'without a role'}.
      </p>
      <p>Somebody who manages your organization's users can give you the role.</p>
      <Button icon="leave" onClick={signOut}>
        Sign in as somebody else
      </Button>
    </EmptyState>
  );
}
