import type { ComponentChildren } from 'preact';

export interface MetricProps {
  readonly name: string;
  readonly value: ComponentChildren;
  /** Below the value. */
  readonly note?: ComponentChildren;
  readonly tone?: 'ok' | 'error' | 'warn' | 'running' | 'pending' | 'none';
}

/** One figure, with its name. Takes the same room whatever it says. */
export function Metric({ name, value, note, tone = 'none' }: MetricProps) {
  return (
    <div class={`metric tone-${tone}`}>
      <dt>{name}</dt>
      <dd class="metric-value number">{value}</dd>
      <dd class="metric-note">{note ?? '\u00a0'}</dd>
    </div>
  );
}
