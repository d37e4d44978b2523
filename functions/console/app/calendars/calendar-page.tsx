import { useState } from 'preact/hooks';
import type { Versioned } from '../api/client.ts';
import { serverNow } from '../api/server-clock.ts';
import type { Calendar } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { navigate, setQuery, useLocation } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { DescriptionList } from '../ui/description-list.tsx';
import { ConfirmDialog, Dialog } from '../ui/dialog.tsx';
import { FilterSelect } from '../ui/filter-select.tsx';
import { Link } from '../ui/link.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { AbsoluteTime } from '../ui/time.tsx';
import { formatDate, monthsOf, yearsOf } from '../view/calendars.ts';
import { formatCount, pluralize } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { CalendarDialog } from './calendar-dialog.tsx';
import { MonthGrid } from './month-grid.tsx';

const CALENDAR_MS = 30_000;
const PARENT = { to: PATHS.calendars, name: 'Calendars' };

/** `/console/calendars/{name}`: the dates of a calendar by year, and the jobs that name it. */
export function CalendarPage({ name }: { readonly name: string }) {
  const { calendars } = useApp();
  const calendar = usePoll(`calendar ${name}`, (signal) => calendars.get(name, signal), CALENDAR_MS);
  return (
    <AsyncContent source={calendar} label="the calendar" standalone parent={PARENT} skeleton={<Skeleton lines={8} />}>
      {(loaded) => (
        <>
          <CalendarHead opened={loaded} onChange={calendar.refresh} />
          <Year dates={loaded.value.dates} />
        </>
      )}
    </AsyncContent>
  );
}

interface CalendarHeadProps {
  readonly opened: Versioned<Calendar>;
  readonly onChange: () => Promise<void>;
}

function CalendarHead({ opened, onChange }: CalendarHeadProps) {
  const { calendars } = useApp();
  const mayDefine = usePermission('define');
  const { name, jobs, count, first_date: first, last_date: last, expired, updated_at: changedAt } = opened.value;
  /** The version to edit: later ones do not change the text of the dialog. */
  const [editing, setEditing] = useState<Versioned<Calendar>>();
  const [isRemoving, setRemoving] = useState(false);
  const remove = useAction(async () => {
    try {
      await calendars.remove(name);
    } catch (error) {
      // A job may name the calendar since it was loaded.
      await onChange();
      throw error;
    }
    navigate(PATHS.calendars, { replace: true });
  });
  return (
    <>
      <PageHeader
        title={name}
        parent={PARENT}
        actions={
          mayDefine && (
            <>
              <Button icon="edit" onClick={() => setEditing(opened)}>
                Edit dates
              </Button>
              <Button tone="quiet" icon="trash" label="Delete calendar" onClick={() => setRemoving(true)} />
            </>
          )
        }
      />
      {remove.error && <ErrorNotice>{remove.error}</ErrorNotice>}
      <Panel title="Overview">
        <DescriptionList
          of={[
            ['Dates', formatCount(count)],
            ['First date', first && formatDate(first)],
            [
              'Last date',
              last && (
                <>
                  {formatDate(last)} {expired && <span class="tag bad">no future dates</span>}
                </>
              ),
            ],
            ['Last changed', <AbsoluteTime key="changed" time={changedAt} />],
            ['Jobs', jobs.length === 0 ? 'none' : <JobLinks key="jobs" ids={jobs} />],
          ]}
        />
      </Panel>
      {editing && (
        <CalendarDialog
          opened={editing}
          onClose={() => setEditing(undefined)}
          onSaved={() => {
            setEditing(undefined);
            void onChange();
          }}
        />
      )}
      {isRemoving && jobs.length > 0 && <InUseDialog name={name} jobs={jobs} onClose={() => setRemoving(false)} />}
      {isRemoving && jobs.length === 0 && (
        <ConfirmDialog
          title={`Delete ${name}?`}
          confirmLabel="Delete calendar"
          busy={remove.busy}
          onClose={() => setRemoving(false)}
          onConfirm={() => void remove.run()}
        >
          <p>Removes the calendar and its dates. No job names it. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

/** Explains that a calendar that jobs name is not deleted. */
function InUseDialog({ name, jobs, onClose }: Pick<Calendar, 'name' | 'jobs'> & { readonly onClose: () => void }) {
  return (
    <Dialog title={`${name} is in use`} onClose={onClose}>
      <div class="dialog-body">
        <p>The calendar cannot be deleted while jobs name it. Remove it from these jobs first:</p>
        <JobLinks ids={jobs} isEdit />
      </div>
      <footer class="dialog-foot">
        <Button tone="primary" onClick={onClose}>
          Close
        </Button>
      </footer>
    </Dialog>
  );
}

interface JobLinksProps {
  readonly ids: readonly string[];
  /** Links to the editor of each job. */
  readonly isEdit?: boolean;
}

const JobLinks = ({ ids, isEdit = false }: JobLinksProps) => (
  <ul class="links">
    {ids.map((id) => (
      <li key={id}>
        <Link to={isEdit ? PATHS.editJob(id) : PATHS.job(id)}>
          <bdi>{id}</bdi>
        </Link>
      </li>
    ))}
  </ul>
);

function Year({ dates }: { readonly dates: readonly string[] }) {
  const { query } = useLocation();
  const currentYear = new Date(serverNow()).getFullYear();
  const years = yearsOf(dates, currentYear);
  const year = years.find((one) => String(one) === query.get('year')) ?? currentYear;
  const months = monthsOf(year, dates);
  const count = months.reduce((sum, month) => sum + month.count, 0);
  const step = (to: number, label: string, icon: 'back' | 'next') =>
    years.includes(to) && (
      <Button tone="quiet" icon={icon} label={label} onClick={() => setQuery({ year: String(to) })} />
    );
  return (
    <Panel
      title={`${pluralize(count, 'date')} in ${year}`}
      aside={
        <div class="year-choice">
          {step(year - 1, 'Previous year', 'back')}
          <FilterSelect
            label="Year"
            value={String(year)}
            options={years.map((one) => [String(one), String(one)])}
            onSelect={(selected) => setQuery({ year: selected })}
          />
          {step(year + 1, 'Next year', 'next')}
        </div>
      }
    >
      <div class="months pad">
        {months.map((month) => (
          <MonthGrid key={month.name} month={month} />
        ))}
      </div>
    </Panel>
  );
}
