import { useState } from 'preact/hooks';
import type { ListedCalendar } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { navigate } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Link } from '../ui/link.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { AbsoluteTime } from '../ui/time.tsx';
import { formatDate } from '../view/calendars.ts';
import { formatCount } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { CalendarDialog } from './calendar-dialog.tsx';

const LIST_MS = 30_000;

const COLUMNS: readonly Column<ListedCalendar>[] = [
  {
    name: 'Name',
    cell: ({ name, expired }) => (
      <>
        <Link to={PATHS.calendar(name)}>{name}</Link>
        {expired && <span class="tag bad">no future dates</span>}
      </>
    ),
  },
  { name: 'Dates', cell: ({ count }) => formatCount(count), class: 'number' },
  { name: 'First date', cell: ({ first_date: date }) => (date === null ? '–' : formatDate(date)) },
  { name: 'Last date', cell: ({ last_date: date }) => (date === null ? '–' : formatDate(date)) },
  { name: 'Last changed', cell: ({ updated_at: at }) => <AbsoluteTime time={at} /> },
];

/** `/console/calendars`: the calendars of the organization. */
export function CalendarsPage() {
  const { calendars } = useApp();
  const mayDefine = usePermission('define');
  const [isCreating, setCreating] = useState(false);
  const list = usePoll('calendars', (signal) => calendars.list(signal), LIST_MS);
  return (
    <>
      <PageHeader
        title="Calendars"
        lead="Sets of dates on which schedules have no fires, or to which they are restricted."
        actions={
          mayDefine && (
            <Button tone="primary" icon="plus" onClick={() => setCreating(true)}>
              Create calendar
            </Button>
          )
        }
      />
      <Panel>
        <AsyncContent source={list} label="the calendars" skeleton={<Skeleton lines={6} />}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon="calendar" title="No calendars">
                <p>Jobs exclude the dates of a calendar, such as holidays, or run on its dates only.</p>
              </EmptyState>
            ) : (
              <DataTable caption="Calendars by name" rows={rows} rowKey={({ name }) => name} columns={COLUMNS} />
            )
          }
        </AsyncContent>
      </Panel>
      {isCreating && (
        <CalendarDialog onClose={() => setCreating(false)} onSaved={(name) => navigate(PATHS.calendar(name))} />
      )}
    </>
  );
}
