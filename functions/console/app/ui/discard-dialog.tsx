import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { discardChanges, onConfirmDiscard } from '../hooks/use-unsaved-changes.ts';
import { Confirm } from './dialog.tsx';

/** Asks before unsaved changes are discarded, wherever on the page that comes up. */
export function DiscardDialog() {
  const [asked, setAsked] = useState<{ readonly proceed: () => void }>();
  /** Set by a consent, until it is acted upon. */
  const agreed = useRef<() => void>(undefined);
  useEffect(() => onConfirmDiscard((proceed) => setAsked({ proceed })), []);
  // Once the dialog is gone and has returned the focus: what follows may move it.
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
