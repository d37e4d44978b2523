import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from './async-content.tsx';
import { DataTable } from './data-table.tsx';
import { DescriptionList } from './description-list.tsx';
import { Panel } from './panel.tsx';

const LIST_MS = 60_000;

/** The default destinations and the rules of notifications, which the API and the command line change. */
export function NotificationSettings() {
  const { access } = useApp();
  const settings = usePoll('notification settings', (signal) => access.notificationSettings(signal), LIST_MS);
  return (
    <Panel title="Notifications" aside={<span class="muted">changed by the API or the command line</span>}>
      <AsyncContent source={settings} label="the notifications">
        {({ on_failure: failure, on_success: success, on_late: late, rules }) => (
          <>
            <DescriptionList
              of={[
                ['On failure', failure ?? 'none'],
                ['On success', success ?? 'none'],
                ['When late', late ?? 'none'],
              ]}
            />
            {rules.length > 0 && (
              <DataTable
                caption="Rules of notifications"
                rows={rules}
                rowKey={({ name }) => name}
                columns={[
                  { name: 'Rule', cell: ({ name }) => <bdi>{name}</bdi> },
                  { name: 'Jobs', cell: ({ match }) => <bdi>{formatMatch(match)}</bdi> },
                  { name: 'Events', cell: ({ on }) => on.join(', ') },
                  { name: 'Failures in a row', cell: ({ consecutive_failures: failures }) => failures },
                  { name: 'Destination', cell: ({ to }) => <code>{to}</code> },
                ]}
              />
            )}
          </>
        )}
      </AsyncContent>
    </Panel>
  );
}

function formatMatch({ job, tag }: { readonly job: string | null; readonly tag: string | null }): string {
  const parts = [...(job === null ? [] : [job]), ...(tag === null ? [] : [`tag ${tag}`])];
  return parts.join(', ') || 'All';
}
