import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { discardChanges, registerDiscardPrompt } from '../hooks/use-unsaved-changes.ts';
import { ConfirmDialog } from './dialog.tsx';

/** Asks before unsaved changes on the page are discarded. */
export function DiscardDialog() {
  const [asked, setAsked] = useState<{ readonly proceed: () => void }>();
  /** The confirmed action; runs after the dialog has closed. */
  const agreed = useRef<() => void>(undefined);
  useEffect(() => registerDiscardPrompt((proceed) => setAsked({ proceed })), []);
  // Runs after the dialog has closed and returned the focus, because the action may move the focus.
  useLayoutEffect(() => {
    const proceed = agreed.current;
    agreed.current = undefined;
    if (proceed) setTimeout(proceed);
  }, [asked]);
  if (!asked) return null;
  const discard = () => {
    discardChanges();
    agreed.current = asked.proceed;
    setAsked(undefined);
  };
  return (
    <ConfirmDialog
      title="Discard changes?"
      verb="Discard changes"
      keep="Keep editing"
      busy={false}
      onClose={() => setAsked(undefined)}
      onConfirm={discard}
    >
      <p>Your changes have not been saved.</p>
    </ConfirmDialog>
  );
}
