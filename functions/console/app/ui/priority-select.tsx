import { PRIORITY_OPTIONS } from '../view/priorities.ts';
import type { ControlProps } from './field.tsx';

export interface PrioritySelectProps {
  /** Attributes that connect the control to its field. */
  readonly control: ControlProps;
  readonly value: string;
  /** Label of an additional choice without a value. */
  readonly unset?: string;
  readonly onChange: (value: string) => void;
}

/** A choice of a priority. */
export function PrioritySelect({ control, value, unset, onChange }: PrioritySelectProps) {
  return (
    <select {...control} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {unset !== undefined && <option value="">{unset}</option>}
      {PRIORITY_OPTIONS.map(([priority, label]) => (
        <option key={priority} value={priority}>
          {label}
        </option>
      ))}
    </select>
  );
}
