import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { discardChanges, onConfirmDiscard } from '../hooks/use-unsaved-changes.ts';
import { Confirm } from './dialog.tsx';

/** Asks before any unsaved change on the page is discarded. */
export function DiscardDialog() {
  const [asked, setAsked] = useState<{ readonly proceed: () => void }>();
  /** The confirmed action; runs after the dialog has closed. */
  const agreed = useRef<() => void>(undefined);
  useEffect(() => onConfirmDiscard((proceed) => setAsked({ proceed })), []);
  // After the dialog has closed and returned the focus, because the action may move the focus.
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
    <Confirm
      title="Discard your changes?"
      verb="Discard the changes"
      keep="Keep editing"
      busy={false}
      onClose={() => setAsked(undefined)}
      onConfirm={discard}
    >
      <p>What you have changed here is not saved.</p>
    </Confirm>
  );
}
