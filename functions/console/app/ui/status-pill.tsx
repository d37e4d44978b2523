import type { RunStatus } from '../api/types.ts';
import { STATUS_LABELS } from '../view/status.ts';

/** The status of a run as a color and a word. */
export function StatusPill({ status }: { readonly status: RunStatus }) {
  const [word, meaning] = STATUS_LABELS[status];
  return (
    <span class={`pill status-${status}`} title={`${word}: ${meaning}`}>
      <i class="dot" aria-hidden="true" />
      {word}
    </span>
  );
}
