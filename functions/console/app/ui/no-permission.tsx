import { type Action, rolesFor } from '../../../core/domain/access.ts';
import { useApp } from '../app-context.ts';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';

/**
 * Explains that a page requires another role, and how to get access.
 *
 * @param props.activity the activity that requires the role, such as `Managing keys`
 */
export function NoPermission({ action, activity }: { readonly action: Action; readonly activity: string }) {
  const { user, signOut } = useApp();
  const roles = rolesFor(action);
  const needed = roles.length > 1 ? `${roles.slice(0, -1).join(', ')} or ${roles.at(-1)}` : roles[0];
  return (
    <EmptyState icon="lock" title="You do not have access to this page">
      <p>
        {activity} requires the role {needed}. Your roles in {user.tenant}: {user.roles.join(', ') || 'none'}.
      </p>
      <p>A user administrator of your organization can assign the role to you.</p>
      <Button icon="leave" onClick={signOut}>
        Sign in as another user
      </Button>
    </EmptyState>
  );
}
