import { render } from 'preact';
import type { ConsoleConfig } from '../config.ts';
import { syncServerTime } from './api/server-clock.ts';
import { App } from './app.tsx';
import { applyStoredTheme } from './hooks/use-theme.ts';
import { startRouter } from './router.ts';
import { ErrorBoundary, FatalError } from './ui/error-boundary.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/controls.css';
import './styles/parts.css';
import './styles/pages.css';
import './styles/motion.css';

applyStoredTheme();
startRouter();
const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app.');

/** Loads the configuration of the deployment, which the console requires. */
async function loadConfig(): Promise<ConsoleConfig> {
  const response = await fetch('/console/config.json');
  syncServerTime(response.headers.get('date'));
  if (!response.ok) throw new Error(`The configuration cannot be loaded (HTTP ${response.status}).`);
  return (await response.json()) as ConsoleConfig;
}

loadConfig().then(
  (config) =>
    render(
      <ErrorBoundary place="console" whole>
        <App config={config} />
      </ErrorBoundary>,
      root,
    ),
  (error: unknown) => render(<FatalError error={error} />, root),
);
