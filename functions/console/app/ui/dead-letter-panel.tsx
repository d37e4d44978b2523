import { useState } from 'preact/hooks';
import { errorMessage } from '../api/errors.ts';
import type { DeadLetter } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePagedList } from '../hooks/use-paged-list.ts';
import { PATHS } from '../view/routes.ts';
import { Button } from './button.tsx';
import { DataTable } from './data-table.tsx';
import { Link } from './link.tsx';
import { LoadMore } from './load-more.tsx';
import { ErrorNotice, InfoNotice } from './notice.tsx';
import { Panel } from './panel.tsx';
import { RelativeTime } from './time.tsx';

const LIST_MS = 30_000;
const PAGE = 50;

const KINDS: Readonly<Record<DeadLetter['kind'], string>> = {
  tick: 'Tick',
  run: 'Run',
  notification: 'Notification',
  chain: 'Following runs',
};

/** Messages that exhausted their retries. Renders nothing if there are none. */
export function DeadLetterPanel() {
  const { runner } = useApp();
  const loaded = usePagedList(
    'dead letters',
    (next, signal) => runner.deadLetterPage(next, PAGE, signal),
    () => LIST_MS,
    ({ id }) => id,
  );
  const [message, setMessage] = useState<string>();
  const replay = useAction(async (id: string) => {
    const { skipped } = await runner.replay(id);
    setMessage(skipped[0] ? `Not replayed: ${skipped[0].reason}.` : 'Replayed.');
  });
  const { data, error } = loaded.polled;
  const rows = data?.rows ?? [];
  if (rows.length === 0 && error === undefined) return null;
  return (
    <Panel title="Dead letters" aside={<span class="muted">stored for 30 days</span>}>
      {replay.error && <ErrorNotice>{replay.error}</ErrorNotice>}
      {message && <InfoNotice>{message}</InfoNotice>}
      {error !== undefined && <ErrorNotice>{errorMessage(error)}</ErrorNotice>}
      <DataTable
        caption="Dead letters, newest first"
        rows={rows}
        rowKey={({ id }) => id}
        columns={[
          { name: 'Time', cell: ({ given_up_at: at }) => <RelativeTime time={at} /> },
          {
            name: 'Type',
            cell: ({ kind, job_id: jobId, run_id: runId }) => <Link to={PATHS.run(jobId, runId)}>{KINDS[kind]}</Link>,
          },
          { name: 'Job', cell: ({ job_id: jobId }) => <Link to={PATHS.job(jobId)}>{jobId}</Link> },
          { name: 'Cause', cell: ({ cause }) => <bdi>{cause}</bdi>, class: 'cell-message' },
        ]}
        actions={({ id }) => (
          <Button icon="again" busy={replay.busy} onClick={() => void replay.run(id)}>
            Replay
          </Button>
        )}
      />
      {data && data.next !== null && <LoadMore list={loaded}>{'Older dead letters'}</LoadMore>}
    </Panel>
  );
}
