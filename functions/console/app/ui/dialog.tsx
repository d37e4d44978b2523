import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './button.tsx';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus, and Escape closes it. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    // It is taken away rather than closed, so the browser does not bring the focus back.
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={element} class="dialog" aria-labelledby={id} onClose={onClose}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        <Button tone="quiet" icon="cross" label="Close" onClick={() => element.current?.close()} />
      </header>
      {children}
    </dialog>
  );
}

export interface ConfirmProps extends Omit<DialogProps, 'children'> {
  /** What happens. */
  readonly children: ComponentChildren;
  /** The verb of what happens. */
  readonly verb: string;
  readonly busy: boolean;
  readonly onConfirm: () => void;
}

/** Asks before what cannot be taken back. */
export function Confirm({ title, onClose, children, verb, busy, onConfirm }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="dialog-body">{children}</div>
      <footer class="dialog-foot">
        <Button onClick={onClose}>Keep it</Button>
        <Button tone="danger" busy={busy} onClick={onConfirm}>
          {verb}
        </Button>
      </footer>
    </Dialog>
  );
}
