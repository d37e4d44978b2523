import type { AuditRecord } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { usePagedList } from '../hooks/use-paged-list.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
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
    <table class="table">
      <caption class="visually-hidden">Audit records, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Actor</th>
          <th scope="col">Action</th>
          <th scope="col">Target</th>
          <th scope="col">Outcome</th>
          <th scope="col">IP address</th>
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <Row key={record.id} record={record} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ record }: { readonly record: AuditRecord }) {
  const { user } = useApp();
  const {
    at,
    actor,
    actor_id: actorId,
    actor_tenant: home,
    operation,
    status,
    source_ip: ip,
    named_tenant: named,
  } = record;
  const [word, color] = describeOutcome(status);
  return (
    <tr>
      <td data-name="Time" class="cell-whole">
        <AbsoluteTime time={at} />
      </td>
      <td data-name="Actor">
        <bdi title={actorId ?? undefined}>{actor}</bdi>
        {home !== user.tenant && <span class="muted"> ({home})</span>}
      </td>
      <td data-name="Action" class="cell-whole">
        {formatOperation(operation)}
      </td>
      <td data-name="Target" class="cell-message">
        <bdi>{named === null ? formatTargets(record) : `Organization ${named}`}</bdi>
        {record.filter && (
          <span class="muted">
            {' '}
            by <bdi>{formatFilter(record.filter)}</bdi>
          </span>
        )}
      </td>
      <td data-name="Outcome">
        <span class={`pill status-${color}`}>
          <i class="dot" aria-hidden="true" />
          {word}
        </span>
      </td>
      <td data-name="IP address" class="number">
        {ip}
      </td>
    </tr>
  );
}
