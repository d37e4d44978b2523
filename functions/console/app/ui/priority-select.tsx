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
      <option value="1">1 – most urgent</option>
      <option value="2">2</option>
      <option value="3">3 – normal</option>
      <option value="4">4</option>
      <option value="5">5 – least urgent</option>
    </select>
  );
}
