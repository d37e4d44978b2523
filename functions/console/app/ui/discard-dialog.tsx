import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { discardChanges, registerDiscardPrompt } from '../hooks/use-unsaved-changes.ts';
import { ConfirmDialog } from './dialog.tsx';

/** Asks before unsaved changes on the page are discarded. */
export function DiscardDialog() {
  const [pending, setPending] = useState<{ readonly proceed: () => void }>();
  /** The confirmed action; runs after the dialog has closed. */
  const confirmed = useRef<() => void>(undefined);
  useEffect(() => registerDiscardPrompt((proceed) => setPending({ proceed })), []);
  // Runs after the dialog has closed and returned the focus, because the action may move the focus.
  useLayoutEffect(() => {
    const proceed = confirmed.current;
    confirmed.current = undefined;
    if (proceed) setTimeout(proceed);
  }, [pending]);
  if (!pending) return null;
  const discard = () => {
    discardChanges();
    confirmed.current = pending.proceed;
    setPending(undefined);
  };
  return (
    <ConfirmDialog
      title="Discard changes?"
      confirmLabel="Discard changes"
      cancelLabel="Keep editing"
      busy={false}
      onClose={() => setPending(undefined)}
      onConfirm={discard}
    >
      <p>Your changes have not been saved.</p>
    </ConfirmDialog>
  );
}
