import { useLayoutEffect } from 'preact/hooks';

type Proceed = () => void;

/** One entry for each form with unsaved changes. */
const unsaved = new Set<object>();

let prompt: ((proceed: Proceed) => void) | undefined;

export const hasUnsavedChanges = (): boolean => unsaved.size > 0;

/** Proceeds at once if there are no unsaved changes, otherwise after the user agrees to discard them. */
export function confirmDiscard(proceed: Proceed): void {
  if (hasUnsavedChanges() && prompt) prompt(proceed);
  else proceed();
}

/** Discards all changes on the page: leaving the page no longer asks. */
export const discardChanges = (): void => unsaved.clear();

/**
 * Registers the prompt that asks before changes are discarded.
 *
 * @returns a function that unregisters the prompt
 */
export function registerDiscardPrompt(newPrompt: (proceed: Proceed) => void): () => void {
  prompt = newPrompt;
  return () => {
    if (prompt === newPrompt) prompt = undefined;
  };
}

const preventUnload = (event: BeforeUnloadEvent) => {
  if (hasUnsavedChanges()) event.preventDefault();
};

/** Asks before the page is closed while a form has unsaved changes. */
export function useUnsavedChanges(isChanged: boolean): void {
  useLayoutEffect(() => {
    if (!isChanged) return;
    const form = {};
    unsaved.add(form);
    // Registered only while there are unsaved changes: a page with such a listener is excluded from the back/forward
    // cache.
    addEventListener('beforeunload', preventUnload);
    return () => {
      unsaved.delete(form);
      if (!hasUnsavedChanges()) removeEventListener('beforeunload', preventUnload);
    };
  }, [isChanged]);
}
