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
   * Set to `true` while the dialog holds input: Escape and the close button then ask before they discard the input.
   *
   * @defaultValue false
   */
  readonly isChanged?: boolean;
  /**
   * Makes the dialog wide enough for a table.
   *
   * @defaultValue false
   */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** Selector of the controls that accept input. */
const FIELDS = ':is(input, select, textarea):not([readonly], [disabled])';

/**
 * A native modal dialog, which traps the focus and closes on Escape.
 *
 * It opens with the focus on its first field, and returns the focus to the previous element, or to the main content if
 * that element is removed.
 */
export function Dialog({ title, onClose, isChanged = false, wide = false, children }: DialogProps) {
  useUnsavedChanges(isChanged);
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // A layout effect, so that the next key stroke goes to the dialog.
  useLayoutEffect(() => {
    const previous = document.activeElement;
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>(FIELDS)?.focus();
    // The element is removed rather than closed, so the browser does not restore the focus.
    return () => {
      const returnFocus = () => previous instanceof HTMLElement && previous.focus();
      returnFocus();
      // Repeated after the removal: until then the rest of the page may be inert. The previous element may be removed
      // too, for example the row of a deleted item.
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
  // The browser closes the dialog regardless if Escape is pressed repeatedly.
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
  /** The consequences of the action. */
  readonly children: ComponentChildren;
  /** Label of the button that confirms. */
  readonly confirmLabel: string;
  /**
   * Label of the button that cancels.
   *
   * @defaultValue 'Cancel'
   */
  readonly cancelLabel?: string;
  readonly busy: boolean;
  readonly onConfirm: () => void;
}

/** Asks for confirmation of an irreversible action. */
export function ConfirmDialog({
  title,
  onClose,
  children,
  confirmLabel,
  cancelLabel = 'Cancel',
  busy,
  onConfirm,
}: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="dialog-body">{children}</div>
      <footer class="dialog-foot">
        <Button onClick={onClose}>{cancelLabel}</Button>
        <Button tone="danger" busy={busy} onClick={onConfirm}>
          {confirmLabel}
        </Button>
      </footer>
    </Dialog>
  );
}
