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
  readonly existing?: Definition;
  /** Rejects if the API rejects the definition. */
  readonly onSave: (definition: Definition) => Promise<void>;
}

/** Result of the validation of a text; `undefined` while the validation is pending. */
type ValidationState = { readonly errors: readonly LocatedError[]; readonly requestError?: string } | undefined;

/** Editor of a flow's definition as JSON, validated by the API while the user types. */
export function FlowEditor({ existing, onSave }: FlowEditorProps) {
  /** The text without the user's changes: the saved definition or the selected template. */
  const [initial, setInitial] = useState(() => formatDefinition(existing ?? TEMPLATES[0]?.definition ?? {}));
  const [text, setText] = useState(initial);
  useUnsavedChanges(text !== initial);
  const applyTemplate = (template: string) =>
    confirmDiscard(() => {
      setInitial(template);
      setText(template);
    });
  const validated = useValidation(text);
  /** Errors of the last attempt to save, and the text they refer to. */
  const [rejected, setRejected] = useState<{ readonly text: string; readonly errors: readonly LocatedError[] }>();
  const validation: ValidationState = rejected?.text === text ? rejected : validated;
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const show = ({ range }: LocatedError) => {
    area.current?.focus();
    area.current?.setSelectionRange(range.start, Math.max(range.end, range.start + 1));
  };
  const reject = (errors: readonly LocatedError[]) => {
    setRejected({ text, errors });
    if (errors[0]) show(errors[0]);
  };
  const save = useAction(async () => {
    const parsed = parseDefinition(text);
    if (parsed.kind === 'error') return reject([parsed.error]);
    if (validation && validation.errors.length > 0) return reject(validation.errors);
    try {
      await onSave(parsed.definition);
    } catch (error) {
      const errors = fieldErrorsFrom(error);
      if (errors.length === 0) throw error;
      reject(locateErrors(text, errors));
    }
  });
  const submit = (event: Event) => {
    event.preventDefault();
    if (!save.busy) void save.run();
  };
  const isInvalid = validation !== undefined && validation.errors.length > 0;
  return (
    <form class="flow-editor" noValidate onSubmit={submit}>
      {!existing && <Templates onSelect={applyTemplate} />}
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
              aria-describedby={`${id}-validation`}
              aria-invalid={isInvalid}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
            <div id={`${id}-validation`} aria-live="polite">
              <ValidationResult validation={validation} onShow={show} />
            </div>
          </div>
        </div>
      </Panel>
      {save.error && <ErrorNotice>{save.error}</ErrorNotice>}
      <footer class="form-foot">
        <LinkButton to={existing ? PATHS.job(String(existing.id)) : PATHS.jobs}>Cancel</LinkButton>
        <Button type="submit" tone="primary" busy={save.busy}>
          {existing ? 'Save' : 'Create flow'}
        </Button>
      </footer>
    </form>
  );
}

const CONFLICT = 409;

/** Returns the field errors in a response of the API. A conflict refers to the id. */
function fieldErrorsFrom(error: unknown): readonly FieldError[] {
  const message = errorMessage(error);
  const isConflict = error instanceof ApiError && error.status === CONFLICT;
  return isConflict ? [{ field: 'id', message }] : parseFieldErrors(message);
}

function useValidation(text: string): ValidationState {
  const { pipelines } = useApp();
  const [latest, setLatest] = useState<{ readonly text: string; readonly validation: ValidationState }>();
  useEffect(() => {
    const controller = new AbortController();
    const publish = (validation: ValidationState) => {
      if (!controller.signal.aborted) setLatest({ text, validation });
    };
    const parsed = parseDefinition(text);
    const validate = async () => {
      if (parsed.kind === 'error') return publish({ errors: [parsed.error] });
      try {
        const { errors = [] } = await pipelines.validate(parsed.definition, controller.signal);
        publish({ errors: locateErrors(text, errors) });
      } catch (error) {
        publish({ errors: [], requestError: errorMessage(error) });
      }
    };
    const timer = setTimeout(() => void validate(), VALIDATION_DELAY_MS);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [text, pipelines]);
  return latest?.text === text ? latest.validation : undefined;
}

interface ValidationResultProps {
  readonly validation: ValidationState;
  readonly onShow: (error: LocatedError) => void;
}

function ValidationResult({ validation, onShow }: ValidationResultProps) {
  if (!validation) return <p class="field-hint">Validating …</p>;
  if (validation.requestError)
    return <p class="field-error">The definition could not be validated: {validation.requestError}</p>;
  if (validation.errors.length === 0) return <p class="field-hint">The definition is valid.</p>;
  return (
    <ul class="definition-errors">
      {validation.errors.map((error) => (
        <li key={`${error.field} ${error.message}`} class="field-error">
          <button type="button" class="as-link" onClick={() => onShow(error)}>
            Line {error.line}, column {error.column}
          </button>{' '}
          {error.field && <code>{error.field}</code>} {error.message}
        </li>
      ))}
    </ul>
  );
}

function Templates({ onSelect }: { readonly onSelect: (text: string) => void }) {
  return (
    <Panel title="Templates">
      <div class="pad templates">
        {TEMPLATES.map(({ name, description, definition }) => (
          <button key={name} type="button" class="template" onClick={() => onSelect(formatDefinition(definition))}>
            <b>{name}</b>
            <small>{description}</small>
          </button>
        ))}
      </div>
    </Panel>
  );
}
