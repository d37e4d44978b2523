import { useLayoutEffect } from 'preact/hooks';

type Proceed = () => void;

/** One for each form with changes that are not saved. */
const unsaved = new Set<object>();

let ask: ((proceed: Proceed) => void) | undefined;

export const hasUnsavedChanges = (): boolean => unsaved.size > 0;

/** Proceeds at once if nothing is unsaved, otherwise only after the person agrees to discard the changes. */
export function confirmDiscard(proceed: Proceed): void {
  if (hasUnsavedChanges() && ask) ask(proceed);
  else proceed();
}

/** Treats all changes on the page as discarded: leaving it asks no more. */
export const discardChanges = (): void => unsaved.clear();

/** Sets what asks before changes are discarded. @returns what takes it away again */
export function registerDiscardPrompt(asker: (proceed: Proceed) => void): () => void {
  ask = asker;
  return () => {
    if (ask === asker) ask = undefined;
  };
}

const preventUnload = (event: BeforeUnloadEvent) => {
  if (hasUnsavedChanges()) event.preventDefault();
};

/** Asks before the page is left while a form has changes that are not saved. */
export function useUnsavedChanges(isChanged: boolean): void {
  useLayoutEffect(() => {
    if (!isChanged) return;
    const form = {};
    unsaved.add(form);
    // Only while there is something to lose: a page with such a listener is not kept in the browser's page cache.
    addEventListener('beforeunload', preventUnload);
    return () => {
      unsaved.delete(form);
      if (!hasUnsavedChanges()) removeEventListener('beforeunload', preventUnload);
    };
  }, [isChanged]);
}
