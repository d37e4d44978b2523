import type { AuditRecord } from '../api/wire.ts';
import { useDeck, useMay } from '../context.ts';
import { usePages } from '../hooks/use-pages.ts';
import { Empty } from '../ui/empty.tsx';
import { Loaded, Skeleton } from '../ui/loaded.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { Older } from '../ui/older.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { Moment } from '../ui/time.tsx';
import { operationWords, outcomeOf, targetsOf } from '../view/audit.ts';

const PAGE = 50;
const LIST_MS = 15_000;

/** `/console/audit`: who did what. */
export function AuditPage() {
  return (
    <>
      <PageHead title="Audit trail" lead="Who changed, started, stopped or was shown what, newest first." />
      {useMay('audit') ? <Trail /> : <NoPermission action="audit" what="Seeing what others did" />}
    </>
  );
}

function Trail() {
  const { runner } = useDeck();
  const records = usePages(
    'audit',
    (next, signal) => runner.audit(next, PAGE, signal),
    () => LIST_MS,
    ({ id }) => id,
  );
  return (
    <Panel>
      <Loaded of={records.of} what="the audit trail" skeleton={<Skeleton lines={8} />}>
        {({ rows, next }) => (
          <>
            {rows.length === 0 ? (
              <Empty icon="check" title="Nothing was changed yet">
                <p>Every change of a job, every start and stop, and every look at a secret leaves a line here.</p>
              </Empty>
            ) : (
              <Records records={rows} />
            )}
            {next !== null && <Older list={records}>Older records</Older>}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Records({ records }: { readonly records: readonly AuditRecord[] }) {
  return (
    <table class="table">
      <caption class="unseen">What was done, newest first</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">Did</th>
          <th scope="col">To what</th>
          <th scope="col">Outcome</th>
          <th scope="col">From</th>
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
  const { person } = useDeck();
  const { at, actor, actor_tenant: home, operation, status, source_ip: ip, named_tenant: named } = record;
  const [word, colour] = outcomeOf(status);
  return (
    <tr>
      <td data-name="When" class="cell-whole">
        <Moment time={at} />
      </td>
      <td data-name="Who">
        <bdi>{actor}</bdi>
        {home !== person.tenant && <span class="muted"> of {home}</span>}
      </td>
      <td data-name="Did" class="cell-whole">
        {operationWords(operation)}
      </td>
      <td data-name="To what" class="cell-says">
        <bdi>{named === null ? targetsOf(record) : `another organization: ${named}`}</bdi>
      </td>
      <td data-name="Outcome">
        <span class={`pill status-${colour}`}>
          <i class="dot" aria-hidden="true" />
          {word}
        </span>
      </td>
      <td data-name="From" class="number">
        {ip}
      </td>
    </tr>
  );
}
