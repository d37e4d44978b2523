import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Action, isAllowed } from '../../core/domain/access.ts';
import type { ConsoleConfig } from '../config.ts';
import type { AccessApi } from './api/access.ts';
import type { CalendarsApi } from './api/calendars.ts';
import type { IntegrationsApi } from './api/integrations.ts';
import type { PipelinesApi } from './api/pipelines.ts';
import type { RunnerApi } from './api/runner.ts';
import type { User } from './auth/user.ts';

/** The configuration, API clients and user that all pages share. */
export interface AppContextValue {
  readonly config: ConsoleConfig;
  readonly user: User;
  readonly runner: RunnerApi;
  readonly integrations: IntegrationsApi;
  readonly pipelines: PipelinesApi;
  readonly access: AccessApi;
  readonly calendars: CalendarsApi;
  readonly signOut: () => void;
}

export const AppContext = createContext<AppContextValue | undefined>(undefined);

export function useApp(): AppContextValue {
  const value = useContext(AppContext);
  if (!value) throw new Error('useApp must be called within AppContext.Provider.');
  return value;
}

/** Returns whether the user's roles permit an action. The console hides what the API would reject. */
export const usePermission = (action: Action): boolean => isAllowed(useApp().user.roles, action);
