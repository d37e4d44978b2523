import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { type NameSource, parseList } from '../view/job-field.ts';
import { PATHS } from '../view/routes.ts';
import { Button } from './button.tsx';
import { type ControlProps, onText } from './field.tsx';
import { Link } from './link.tsx';

export interface NamesControlProps {
  readonly source: NameSource;
  /** Attributes that connect the control to its field. */
  readonly control: ControlProps;
  /** Names separated by commas. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Chooses names among the existing ones. A chosen name that does not exist any more is shown as well. */
export function NamesControl({ control, value, onChange }: NamesControlProps) {
  const { calendars } = useApp();
  const existing = usePoll('calendars to choose', (signal) => calendars.list(signal), undefined);
  const chosen = parseList(value);
  const choices = (existing.data ?? []).map(({ name }) => name).filter((name) => !chosen.includes(name));
  const choose = (names: readonly string[]) => onChange(names.join(', '));
  return (
    <>
      {chosen.length > 0 && (
        <ul class="chosen-names">
          {chosen.map((name) => (
            <li key={name} class="tag">
              {name}
              <Button
                tone="quiet"
                icon="cross"
                label={`Remove ${name}`}
                onClick={() => choose(chosen.filter((other) => other !== name))}
              />
            </li>
          ))}
        </ul>
      )}
      <select {...control} value="" onChange={onText((name) => choose([...chosen, name]))}>
        <option value="">{choices.length > 0 ? 'Add …' : 'No other calendars'}</option>
        {choices.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {existing.data?.length === 0 && (
        <span class="field-hint">
          There are none yet: <Link to={PATHS.calendars}>create a calendar</Link>.
        </span>
      )}
    </>
  );
}
