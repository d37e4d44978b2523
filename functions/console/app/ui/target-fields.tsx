import { Field, onText } from './field.tsx';
import type { FieldsProps } from './job-fields.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Fields of a job's target: a script or an HTTP request. */
export function TargetFields(props: FieldsProps) {
  const { form, set } = props;
  return (
    <div class="fields">
      <fieldset class="segments wide">
        <legend class="visually-hidden">Type</legend>
        {(['script', 'http'] as const).map((type) => (
          <label key={type}>
            <input type="radio" name="type" checked={form.type === type} onChange={() => set('type')(type)} />
            <span>{type === 'script' ? 'Script' : 'HTTP request'}</span>
          </label>
        ))}
      </fieldset>
      {form.type === 'script' ? <ScriptFields {...props} /> : <HttpFields {...props} />}
    </div>
  );
}

const SECRET_HINT = (
  <>
    <code>{'{{secret:name}}'}</code> inserts the value of a secret.
  </>
);

function ScriptFields({ form, fieldErrors, set }: FieldsProps) {
  return (
    <>
      <Field label="Script" error={fieldErrors.script} hint="Name of a deployed script.">
        {(control) => (
          <input {...control} class="code" value={form.script} onInput={onText(set('script'))} spellcheck={false} />
        )}
      </Field>
      <Field label="Arguments" error={fieldErrors.args} hint="One per line.">
        {(control) => <textarea {...control} class="code" rows={3} value={form.args} onInput={onText(set('args'))} />}
      </Field>
      <Field
        label="Environment"
        class="wide"
        error={fieldErrors.env}
        hint={<>NAME=value, one per line. {SECRET_HINT}</>}
      >
        {(control) => <textarea {...control} class="code" rows={3} value={form.env} onInput={onText(set('env'))} />}
      </Field>
    </>
  );
}

function HttpFields({ form, fieldErrors, set }: FieldsProps) {
  return (
    <>
      <Field
        label="URL"
        class="wide"
        error={fieldErrors.url}
        hint="Public addresses only, unless the platform permits others."
      >
        {(control) => (
          <input
            {...control}
            type="url"
            class="code"
            value={form.url}
            onInput={onText(set('url'))}
            spellcheck={false}
          />
        )}
      </Field>
      <Field label="Method" error={fieldErrors.method}>
        {(control) => (
          <select {...control} value={form.method} onChange={(event) => set('method')(event.currentTarget.value)}>
            {METHODS.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Headers" error={fieldErrors.headers} hint={<>Name: value, one per line. {SECRET_HINT}</>}>
        {(control) => (
          <textarea {...control} class="code" rows={3} value={form.headers} onInput={onText(set('headers'))} />
        )}
      </Field>
      <Field
        label="Body"
        class="wide"
        error={fieldErrors.body}
        hint="Sent as JSON unless a Content-Type header is set."
      >
        {(control) => <textarea {...control} class="code" rows={4} value={form.body} onInput={onText(set('body'))} />}
      </Field>
    </>
  );
}
