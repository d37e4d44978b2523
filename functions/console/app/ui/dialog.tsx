import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { confirmDiscard, useUnsavedChanges } from '../hooks/use-unsaved-changes.ts';
import { focusMain } from '../router.ts';
import { Button } from './button.tsx';

export interface DialogProps {
  readonly title: ComponentChildren;
  /** Called when the user closes the dialog. Without `onClose` the user cannot close the dialog. */
  readonly onClose?: (() => void) | undefined;
  /**
   * Set to `true` while the dialog holds input: Escape and the cross then ask before they discard the input.
   *
   * @default false
   */
  readonly isChanged?: boolean;
  /** Makes the dialog wide enough for a table. @defaultValue false */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** Selector of the controls that accept input. */
const FIELDS = ':is(input, select, textarea):not([readonly], [disabled])';

/**
 * The browser's own modal dialog: it keeps the focus, and Escape closes it. It opens with the focus on its first field,
 * and returns the focus to where it was, or to the content when that is no longer there.
 */
export function Dialog({ title, onClose, isChanged = false, wide = false, children }: DialogProps) {
  useUnsavedChanges(isChanged);
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // A layout effect, so that the next key stroke goes to the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>(FIELDS)?.focus();
    // It is taken away rather than closed, so the browser does not bring the focus back.
    return () => {
      const returnFocus = () => before instanceof HTMLElement && before.focus();
      returnFocus();
      // Again when it is gone: until then the rest of the page may refuse the focus. What opened it may be gone as well,
      // as the row of something that was deleted is.
      setTimeout(() => {
        if (document.activeElement === document.body) returnFocus();
        if (document.activeElement === document.body) focusMain();
      });
    };
  }, []);
  const close = () => {
    if (!onClose) return;
    if (isChanged) confirmDiscard(onClose);
    else onClose();
  };
  // The browser closes it regardless when Escape is pressed again and again.
  const reopen = () => element.current?.showModal();
  const cancel = (event: Event) => {
    event.preventDefault();
    close();
  };
  return (
    <dialog
      ref={element}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={cancel}
      onClose={onClose ?? reopen}
    >
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {onClose && <Button tone="quiet" icon="cross" label="Close" onClick={close} />}
      </header>
      {children}
    </dialog>
  );
}

export interface ConfirmDialogProps extends Pick<DialogProps, 'title'> {
  readonly onClose: () => void;
  /** What happens. */
  readonly children: ComponentChildren;
  /** The verb of what happens. */
  readonly verb: string;
  /**
   * Label of the button that cancels.
   *
   * @default 'Keep it'
   */
  readonly keep?: string;
  readonly busy: boolean;
  readonly onConfirm: () => void;
}

/** Asks before what cannot be taken back. */
export function ConfirmDialog({
  title,
  onClose,
  children,
  verb,
  keep = 'Keep it',
  busy,
  onConfirm,
}: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="dialog-body">{children}</div>
      <footer class="dialog-foot">
        <Button onClick={onClose}>{keep}</Button>
        <Button tone="danger" busy={busy} onClick={onConfirm}>
          {verb}
        </Button>
      </footer>
    </Dialog>
  );
}
