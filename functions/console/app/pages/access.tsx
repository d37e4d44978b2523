import { usePermission } from '../app-context.ts';
import { ApiKeys } from '../ui/api-keys.tsx';
import { Hooks } from '../ui/hooks.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { NotificationSettings } from '../ui/notification-settings.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Secrets } from '../ui/secrets.tsx';

/** `/console/access`: API keys, secrets, hooks, and the settings of notifications. */
export function AccessPage() {
  const may = usePermission('define');
  return (
    <>
      <PageHeader
        title="Keys & secrets"
        lead="API keys for programs, secrets for jobs, hooks that start runs, and notifications."
      />
      {may ? (
        <>
          <ApiKeys />
          <Secrets />
          <Hooks />
          <NotificationSettings />
        </>
      ) : (
        <NoPermission action="define" activity="Managing keys and secrets" />
      )}
    </>
  );
}
