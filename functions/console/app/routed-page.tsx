import { AccessPage } from './pages/access.tsx';
import { ActivityPage } from './pages/activity.tsx';
import { AuditPage } from './pages/audit.tsx';
import { FailuresPage } from './pages/failures.tsx';
import { IntegrationsPage } from './pages/integrations.tsx';
import { JobPage } from './pages/job.tsx';
import { EditJobPage, NewFlowPage, NewJobPage } from './pages/job-editor.tsx';
import { JobsPage } from './pages/jobs.tsx';
import { RunPage } from './pages/run.tsx';
import { UsagePage } from './pages/usage.tsx';
import { LinkButton } from './ui/button.tsx';
import { EmptyState } from './ui/empty-state.tsx';
import { lazyComponent } from './ui/lazy-component.tsx';
import { PageHeader } from './ui/page-header.tsx';
import { PATHS, type Route } from './view/routes.ts';

const Calendars = lazyComponent('the calendars', async () => (await import('./calendars/chunk.ts')).CalendarsPage);
const Calendar = lazyComponent('the calendar', async () => (await import('./calendars/chunk.ts')).CalendarPage);

/** The page for a route. */
export function RoutedPage({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'integrations':
      return <IntegrationsPage />;
    case 'jobs':
      return <JobsPage />;
    case 'new-job':
      return <NewJobPage />;
    case 'new-flow':
      return <NewFlowPage />;
    case 'job':
      return <JobPage key={route.id} id={route.id} />;
    case 'edit-job':
      return <EditJobPage key={route.id} id={route.id} />;
    case 'run':
      return <RunPage key={route.run} id={route.id} runId={route.run} />;
    case 'activity':
      return <ActivityPage />;
    case 'failures':
      return <FailuresPage />;
    case 'audit':
      return <AuditPage />;
    case 'usage':
      return <UsagePage />;
    case 'calendars':
      return <Calendars />;
    case 'calendar':
      return <Calendar key={route.name} name={route.name} />;
    case 'access':
      return <AccessPage />;
    case 'not-found':
      return (
        <>
          <PageHeader title="Page not found" />
          <EmptyState icon="search" title="There is no page at this URL">
            <LinkButton to={PATHS.jobs}>Go to jobs</LinkButton>
          </EmptyState>
        </>
      );
  }
}
