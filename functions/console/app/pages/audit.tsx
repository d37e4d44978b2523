import type { AuditRecord } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { usePagedList } from '../hooks/use-paged-list.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { LoadMore } from '../ui/load-more.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { AbsoluteTime } from '../ui/time.tsx';
import { describeOutcome, formatFilter, formatOperation, formatTargets } from '../view/audit.ts';

const PAGE = 50;
const LIST_MS = 15_000;

/** `/console/audit`: the audit trail. */
export function AuditPage() {
  return (
    <>
      <PageHeader title="Audit trail" lead="Actions of users and API keys in your organization, newest first." />
      {usePermission('audit') ? <Trail /> : <NoPermission action="audit" activity="Viewing the audit trail" />}
    </>
  );
}

function Trail() {
  const { runner } = useApp();
  const records = usePagedList(
    'audit',
    (next, signal) => runner.audit(next, PAGE, signal),
    () => LIST_MS,
    ({ id }) => id,
  );
  return (
    <Panel>
      <AsyncContent source={records.polled} label="the audit trail" skeleton={<Skeleton lines={8} />}>
        {({ rows, next }) => (
          <>
            {rows.length === 0 ? (
              <EmptyState icon="check" title="No actions yet">
                <p>Changes of jobs, starts and stops of runs, and access to secrets are recorded here.</p>
              </EmptyState>
            ) : (
              <Records records={rows} />
            )}
            {next !== null && <LoadMore list={records}>Older records</LoadMore>}
          </>
        )}
      </AsyncContent>
    </Panel>
  );
}

function Records({ records }: { readonly records: readonly AuditRecord[] }) {
  return (
    <DataTable
      caption="Audit records, newest first"
      rows={records}
      rowKey={({ id }) => id}
      columns={[
        { name: 'Time', cell: ({ at }) => <AbsoluteTime time={at} />, class: 'cell-whole' },
        { name: 'Actor', cell: (record) => <Actor of={record} /> },
        { name: 'Action', cell: ({ operation }) => formatOperation(operation), class: 'cell-whole' },
        { name: 'Target', cell: (record) => <Target of={record} />, class: 'cell-message' },
        { name: 'Outcome', cell: ({ status }) => <OutcomePill status={status} /> },
        { name: 'IP address', cell: ({ source_ip: ip }) => ip, class: 'number' },
      ]}
    />
  );
}

function Actor({ of: { actor, actor_id: id, actor_tenant: home } }: { readonly of: AuditRecord }) {
  const { user } = useApp();
  return (
    <>
      <bdi title={id ?? undefined}>{actor}</bdi>
      {home !== user.tenant && <span class="muted"> ({home})</span>}
    </>
  );
}

function Target({ of: record }: { readonly of: AuditRecord }) {
  const { named_tenant: named, filter } = record;
  return (
    <>
      <bdi>{named === null ? formatTargets(record) : `Organization ${named}`}</bdi>
      {filter && (
        <span class="muted">
          {' '}
          by <bdi>{formatFilter(filter)}</bdi>
        </span>
      )}
    </>
  );
}

function OutcomePill({ status }: Pick<AuditRecord, 'status'>) {
  const [word, color] = describeOutcome(status);
  return (
    <span class={`pill status-${color}`}>
      <i class="dot" aria-hidden="true" />
      {word}
    </span>
  );
}
