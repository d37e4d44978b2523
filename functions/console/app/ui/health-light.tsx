import type { Health } from '../../../core/domain/health.ts';

/** The health status as a color and a word. */
export function HealthLight({ health, large = false }: { readonly health: Health; readonly large?: boolean }) {
  return (
    <span class={`light health-${health}${large ? ' large' : ''}`}>
      <i class="lamp" aria-hidden="true" />
      {health}
    </span>
  );
}
