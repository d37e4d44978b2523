import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from './async-content.tsx';
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
              <table class="table">
                <caption class="visually-hidden">Rules of notifications</caption>
                <thead>
                  <tr>
                    <th scope="col">Rule</th>
                    <th scope="col">Jobs</th>
                    <th scope="col">Events</th>
                    <th scope="col">Failures in a row</th>
                    <th scope="col">Destination</th>
                  </tr>
                </thead>
                <tbody>
                  {rules.map(({ name, match, on, consecutive_failures: failures, to }) => (
                    <tr key={name}>
                      <td data-name="Rule">{name}</td>
                      <td data-name="Jobs">{formatMatch(match)}</td>
                      <td data-name="Events">{on.join(', ')}</td>
                      <td data-name="Failures in a row">{failures}</td>
                      <td data-name="Destination">
                        <code>{to}</code>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
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
