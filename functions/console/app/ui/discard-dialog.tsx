import { useEffect, useState } from 'preact/hooks';
import { discardChanges, onConfirmDiscard } from '../hooks/use-unsaved-changes.ts';
import { Confirm } from './dialog.tsx';

/** Asks before unsaved changes are discarded, wherever on the page that comes up. */
export function DiscardDialog() {
  const [asked, setAsked] = useState<{ readonly proceed: () => void }>();
  useEffect(() => onConfirmDiscard((proceed) => setAsked({ proceed })), []);
  if (!asked) return null;
  const discard = () => {
    setAsked(undefined);
    discardChanges();
    // Once the dialog has returned the focus: what follows may move it.
    setTimeout(asked.proceed);
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
