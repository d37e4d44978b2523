import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ApiError, errorMessage } from '../api/errors.ts';
import { useApp } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { confirmDiscard, useUnsavedChanges } from '../hooks/use-unsaved-changes.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { formatDefinition, type LocatedError, locateErrors, parseDefinition, TEMPLATES } from '../view/flow-form.ts';
import { type FieldError, parseFieldErrors } from '../view/form-errors.ts';
import { PATHS } from '../view/routes.ts';

/** Delay between the last key stroke and the validation. */
const VALIDATION_DELAY_MS = 400;

type Definition = Readonly<Record<string, unknown>>;

export interface FlowEditorProps {
  /** The editable fields of an existing flow; absent for a new flow. */
  readonly start?: Definition;
  /** Rejects if the API rejects the definition. */
  readonly onSave: (definition: Definition) => Promise<void>;
}

/** Result of the validation of a text; `undefined` while the validation is pending. */
type ValidationState = { readonly faults: readonly LocatedError[]; readonly problem?: string } | undefined;

/** Editor of a flow's definition as JSON, validated by the API while the user types. */
export function FlowEditor({ start, onSave }: FlowEditorProps) {
  /** The text without the user's changes: the saved definition or the selected template. */
  const [initial, setInitial] = useState(() => formatDefinition(start ?? TEMPLATES[0]?.definition ?? {}));
  const [text, setText] = useState(initial);
  useUnsavedChanges(text !== initial);
  const startFrom = (template: string) =>
    confirmDiscard(() => {
      setInitial(template);
      setText(template);
    });
  const checked = useValidation(text);
  /** Errors of the last attempt to save, and the text they refer to. */
  const [refused, setRefused] = useState<{ readonly text: string; readonly faults: readonly LocatedError[] }>();
  const verdict: ValidationState = refused?.text === text ? refused : checked;
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const show = ({ place }: LocatedError) => {
    area.current?.focus();
    area.current?.setSelectionRange(place.start, Math.max(place.end, place.start + 1));
  };
  const refuse = (faults: readonly LocatedError[]) => {
    setRefused({ text, faults });
    if (faults[0]) show(faults[0]);
  };
  const save = useAction(async () => {
    const reading = parseDefinition(text);
    if (reading.kind === 'fault') return refuse([reading.fault]);
    if (verdict && verdict.faults.length > 0) return refuse(verdict.faults);
    try {
      await onSave(reading.definition);
    } catch (error) {
      const faults = errorsFromRefusal(error);
      if (faults.length === 0) throw error;
      refuse(locateErrors(text, faults));
    }
  });
  const submit = (event: Event) => {
    event.preventDefault();
    if (!save.busy) void save.run();
  };
  const isBad = verdict !== undefined && verdict.faults.length > 0;
  return (
    <form class="flow-editor" noValidate onSubmit={submit}>
      {!start && <Templates onChoose={startFrom} />}
      <Panel title="Definition">
        <div class="fields">
          <div class="field wide">
            <label for={id}>Flow definition (JSON)</label>
            <textarea
              ref={area}
              id={id}
              class="code json"
              rows={26}
              wrap="off"
              spellcheck={false}
              aria-describedby={`${id}-verdict`}
              aria-invalid={isBad}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
            <div id={`${id}-verdict`} aria-live="polite">
              <ValidationResult verdict={verdict} onShow={show} />
            </div>
          </div>
        </div>
      </Panel>
      {save.problem && <ErrorNotice>{save.problem}</ErrorNotice>}
      <footer class="form-foot">
        <LinkButton to={start ? PATHS.job(String(start.id)) : PATHS.jobs}>Cancel</LinkButton>
        <Button type="submit" tone="primary" busy={save.busy}>
          {start ? 'Save' : 'Create flow'}
        </Button>
      </footer>
    </form>
  );
}

const CONFLICT = 409;

/** Returns the field errors in a response of the API. A conflict refers to the id. */
function errorsFromRefusal(error: unknown): readonly FieldError[] {
  const message = errorMessage(error);
  const isConflict = error instanceof ApiError && error.status === CONFLICT;
  return isConflict ? [{ field: 'id', message }] : parseFieldErrors(message);
}

function useValidation(text: string): ValidationState {
  const { pipelines } = useApp();
  const [known, setKnown] = useState<{ readonly text: string; readonly verdict: ValidationState }>();
  useEffect(() => {
    const ended = new AbortController();
    const publish = (verdict: ValidationState) => {
      if (!ended.signal.aborted) setKnown({ text, verdict });
    };
    const reading = parseDefinition(text);
    const check = async () => {
      if (reading.kind === 'fault') return publish({ faults: [reading.fault] });
      try {
        const { errors = [] } = await pipelines.validate(reading.definition, ended.signal);
        publish({ faults: locateErrors(text, errors) });
      } catch (error) {
        publish({ faults: [], problem: errorMessage(error) });
      }
    };
    const timer = setTimeout(() => void check(), VALIDATION_DELAY_MS);
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [text, pipelines]);
  return known?.text === text ? known.verdict : undefined;
}

interface VerdictViewProps {
  readonly verdict: ValidationState;
  readonly onShow: (fault: LocatedError) => void;
}

function ValidationResult({ verdict, onShow }: VerdictViewProps) {
  if (!verdict) return <p class="field-hint">Validating …</p>;
  if (verdict.problem) return <p class="field-problem">The definition could not be validated: {verdict.problem}</p>;
  if (verdict.faults.length === 0) return <p class="field-hint">The definition is valid.</p>;
  return (
    <ul class="faults">
      {verdict.faults.map((fault) => (
        <li key={`${fault.field} ${fault.message}`} class="field-problem">
          <button type="button" class="as-link" onClick={() => onShow(fault)}>
            Line {fault.line}, column {fault.column}
          </button>{' '}
          {fault.field && <code>{fault.field}</code>} {fault.message}
        </li>
      ))}
    </ul>
  );
}

function Templates({ onChoose }: { readonly onChoose: (text: string) => void }) {
  return (
    <Panel title="Templates">
      <div class="pad templates">
        {TEMPLATES.map(({ name, description: means, definition }) => (
          <button key={name} type="button" class="template" onClick={() => onChoose(formatDefinition(definition))}>
            <b>{name}</b>
            <small>{means}</small>
          </button>
        ))}
      </div>
    </Panel>
  );
}
