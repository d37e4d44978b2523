import { type Action, isAllowed } from '../../core/domain/access.ts';
import { useApp } from './app-context.ts';
import { RoutedPage } from './routed-page.tsx';
import { focusMain, useLocation } from './router.ts';
import { Button } from './ui/button.tsx';
import { DiscardDialog } from './ui/discard-dialog.tsx';
import { ErrorBoundary } from './ui/error-boundary.tsx';
import { Icon, type IconName } from './ui/icon.tsx';
import { Link } from './ui/link.tsx';
import { Logo } from './ui/logo.tsx';
import { ThemeSwitch } from './ui/theme-switch.tsx';
import { PATHS, parseRoute, type Route } from './view/routes.ts';

interface Entry {
  readonly to: string;
  readonly name: string;
  readonly icon: IconName;
  readonly pages: readonly Route['page'][];
  /** The action that the page requires beyond reading. The entry is hidden from roles without the permission. */
  readonly action?: Action;
}

const ENTRIES: readonly Entry[] = [
  { to: PATHS.integrations, name: 'Integrations', icon: 'pulse', pages: ['integrations'], action: 'metrics' },
  { to: PATHS.jobs, name: 'Jobs', icon: 'list', pages: ['jobs', 'job', 'run', 'new-job', 'new-flow', 'edit-job'] },
  { to: PATHS.activity, name: 'Activity', icon: 'chart', pages: ['activity'] },
  { to: PATHS.failures, name: 'Failures', icon: 'alert', pages: ['failures'] },
  { to: PATHS.calendars, name: 'Calendars', icon: 'calendar', pages: ['calendars', 'calendar'] },
  { to: PATHS.usage, name: 'Usage', icon: 'gauge', pages: ['usage'] },
  { to: PATHS.access, name: 'Keys & secrets', icon: 'key', pages: ['access'], action: 'define' },
  { to: PATHS.audit, name: 'Audit trail', icon: 'clock', pages: ['audit'], action: 'audit' },
];

/** The frame of every page: navigation, organization and user. */
export function Shell() {
  const { config, user, signOut } = useApp();
  const { path } = useLocation();
  const route = parseRoute(path);
  const entries = ENTRIES.filter(({ action = 'read' }) => isAllowed(user.roles, action));
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={focusMain}>
        Skip to content
      </button>
      <header class="top">
        <Link to={PATHS.jobs} class="brand">
          <Logo />
          <span>Jobdeck</span>
          {config.stage !== 'prod' && <small>{config.stage}</small>}
        </Link>
        <nav aria-label="Pages">
          <ul>
            {entries.map(({ to, name, icon, pages }) => (
              <li key={to}>
                <Link to={to} current={pages.includes(route.page)}>
                  <Icon name={icon} />
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div class="who">
          <a class="docs-link" href={PATHS.apiReference} target="_blank" rel="noopener">
            <Icon name="book" />
            <span>API reference</span>
          </a>
          <div class="who-name">
            <b>{user.tenant}</b>
            <small title={user.name}>
              <bdi>{user.name}</bdi>
            </small>
          </div>
          <ThemeSwitch />
          <Button tone="quiet" icon="leave" label="Sign out" onClick={signOut} />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <ErrorBoundary place={path}>
          <RoutedPage route={route} />
        </ErrorBoundary>
      </main>
      <DiscardDialog />
    </div>
  );
}
