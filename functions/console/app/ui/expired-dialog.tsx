import type { Expired } from '../auth/session.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Problem } from './notice.tsx';

export interface ExpiredDialogProps extends Expired {
  readonly tenant: string;
  readonly onSignIn: () => void;
}

/** Asks for a new sign-in and keeps the page with its unsaved changes. */
export function ExpiredDialog({ problem, tenant, onSignIn }: ExpiredDialogProps) {
  return (
    <Dialog title="Your sign-in has expired">
      <div class="dialog-body">
        {problem && <Problem>{problem}</Problem>}
        <p>
          What you have changed on this page is still here. Sign in to {tenant} again in a new tab, then go on here.
        </p>
      </div>
      <footer class="dialog-foot">
        <Button tone="primary" onClick={onSignIn}>
          Sign in in a new tab
        </Button>
      </footer>
    </Dialog>
  );
}
