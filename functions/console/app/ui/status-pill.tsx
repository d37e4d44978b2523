import type { RunStatus } from '../api/wire.ts';
import { STATUS_WORDS } from '../view/status.ts';

/** How a run stands: a colour, and always the word. */
export function StatusPill({ status }: { readonly status: RunStatus }) {
  const [word, meaning] = STATUS_WORDS[status];
  return (
    <span class={`pill status-${status}`} title={`${word}: ${meaning}`}>
      <i class="dot" aria-hidden="true" />
      {word}
    </span>
  );
}
