import type { ComponentChildren } from 'preact';

export interface MetricProps {
  readonly name: string;
  readonly value: ComponentChildren;
  /** Text below the value. */
  readonly note?: ComponentChildren;
  readonly tone?: 'ok' | 'error' | 'warn' | 'running' | 'pending' | 'none';
}

/** A metric with its name. Its size does not depend on the value. */
export function Metric({ name, value, note, tone = 'none' }: MetricProps) {
  return (
    <div class={`metric tone-${tone}`}>
      <dt>{name}</dt>
      <dd class="metric-value number">{value}</dd>
      <dd class="metric-note">{note ?? '\u00a0'}</dd>
    </div>
  );
}
