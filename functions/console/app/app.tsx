import { useEffect, useState } from 'preact/hooks';
import type { ConsoleConfig } from '../config.ts';
import { createAccessApi } from './api/access.ts';
import { createCalendarsApi } from './api/calendars.ts';
import { createClient } from './api/client.ts';
import { createIntegrationsApi } from './api/integrations.ts';
import { createPipelinesApi } from './api/pipelines.ts';
import { createRunnerApi } from './api/runner.ts';
import { AppContext } from './app-context.ts';
import { Session, type SessionState } from './auth/session.ts';
import { confirmDiscard } from './hooks/use-unsaved-changes.ts';
import { Shell } from './shell.tsx';
import { SignInScreen } from './sign-in-screen.tsx';
import { SessionExpiredDialog } from './ui/session-expired-dialog.tsx';

/** The console: signs in, then shows the page for the current URL. */
export function App({ config }: { readonly config: ConsoleConfig }) {
  const [state, setState] = useState<SessionState>({ kind: 'starting' });
  const [session] = useState(() => (config.signIn ? new Session(config.signIn, setState) : undefined));
  const [apis] = useState(() => {
    if (!session) return undefined;
    const client = createClient(config.api, session);
    return {
      runner: createRunnerApi(client),
      integrations: createIntegrationsApi(client),
      pipelines: createPipelinesApi(client),
      access: createAccessApi(client),
      calendars: createCalendarsApi(client),
    };
  });
  useEffect(() => void session?.start(), [session]);

  if (!session || !apis) {
    return (
      <SignInScreen title="Sign-in is not configured">
        <p>
          The stage's configuration has no <code>identity.signIn</code>. The API is available without it.
        </p>
      </SignInScreen>
    );
  }
  const signIn = () => void session.signIn();
  switch (state.kind) {
    case 'starting':
      return <SignInScreen title="Signing in …" />;
    case 'signed-out':
      return <SignInScreen title="You are signed out" buttonLabel="Sign in" onSignIn={signIn} />;
    case 'failed':
      return (
        <SignInScreen title="Sign-in failed" buttonLabel="Try again" onSignIn={signIn}>
          <p role="alert">{state.message}</p>
        </SignInScreen>
      );
    case 'signed-in-elsewhere':
      return (
        <SignInScreen title="You are signed in again">
          <p>Return to the previous tab. You can close this one.</p>
        </SignInScreen>
      );
    case 'signed-in': {
      const { user, expired } = state;
      const signOut = () => confirmDiscard(() => session.signOut());
      return (
        <AppContext.Provider value={{ config, ...apis, user, signOut }}>
          <Shell />
          {expired && (
            <SessionExpiredDialog {...expired} tenant={user.tenant} onSignIn={() => void session.signInInOtherTab()} />
          )}
        </AppContext.Provider>
      );
    }
  }
}
