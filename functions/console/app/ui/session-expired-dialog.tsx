import type { SessionExpiry } from '../auth/session.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNotice } from './notice.tsx';

export interface SessionExpiredDialogProps extends SessionExpiry {
  readonly tenant: string;
  readonly onSignIn: () => void;
}

/** Asks for a new sign-in and keeps the page with its unsaved changes. */
export function SessionExpiredDialog({ error, tenant, onSignIn }: SessionExpiredDialogProps) {
  return (
    <Dialog title="Your session has expired">
      <div class="dialog-body">
        {error && <ErrorNotice>{error}</ErrorNotice>}
        <p>Your changes on this page are kept. Sign in to {tenant} again in a new tab, then continue here.</p>
      </div>
      <footer class="dialog-foot">
        <Button tone="primary" onClick={onSignIn}>
          Sign in in a new tab
        </Button>
      </footer>
    </Dialog>
  );
}
