import { usePermission } from '../app-context.ts';
import { ApiKeys } from '../ui/api-keys.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Secrets } from '../ui/secrets.tsx';

/** `/console/access`: API keys and secrets. */
export function AccessPage() {
  const may = usePermission('define');
  return (
    <>
      <PageHeader title="Keys & secrets" lead="API keys for programs, and secrets for jobs." />
      {may ? (
        <>
          <ApiKeys />
          <Secrets />
        </>
      ) : (
        <NoPermission action="define" activity="Managing keys and secrets" />
      )}
    </>
  );
}
