import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { DefaultsView } from '../../../functions/api/administration/notifications.ts';
import type { CommandContext } from '../context.ts';
import { readJson } from '../read-json-file.ts';
import { formatTable } from '../table.ts';

export function addNotificationsCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('notifications')
    .summary('Show or replace the destinations and rules of notifications')
    .description(
      'Shows the default destinations and the rules of notifications, or replaces all of them by those of a file.',
    )
    .option('-f, --file <file>', 'JSON with on_failure, on_success, on_late and rules, as --json prints; - reads stdin')
    .action(async ({ file }) => {
      const { api, json, print } = context;
      const settings =
        file === undefined
          ? await api.get<DefaultsView>('/v1/notifications')
          : (await api.request<DefaultsView>('PUT', '/v1/notifications', { body: (await readJson(file)) as object }))
              .body;
      print(json ? JSON.stringify(settings, null, 2) : formatSettings(settings));
    });
}

function formatSettings({ on_failure, on_success, on_late, rules }: DefaultsView): string {
  const defaults = [
    ['failure', on_failure ?? 'none'],
    ['success', on_success ?? 'none'],
    ['late', on_late ?? 'none'],
  ];
  const rows = rules.map(({ name, match: { job, tag }, on, consecutive_failures: failures, to }) => [
    name,
    [job, tag === null ? null : `tag ${tag}`].filter((text) => text !== null).join(', ') || 'all',
    on.join(', '),
    failures,
    to,
  ]);
  const rulesTable = formatTable(['RULE', 'JOBS', 'EVENTS', 'FAILURES IN A ROW', 'DESTINATION'], rows);
  return formatTable(['DEFAULT', 'DESTINATION'], defaults) + (rows.length > 0 ? `\n\n${rulesTable}` : '');
}
