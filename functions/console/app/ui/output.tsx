import type { Run } from '../api/wire.ts';
import { plural } from '../view/format.ts';
import { isActive } from '../view/status.ts';
import { CopyButton } from './copy-button.tsx';
import { Panel } from './panel.tsx';

/** What a run wrote. */
export function Output({ run }: { readonly run: Run }) {
  if (run.status === 'skipped') return null;
  if (run.stdout === '' && run.stderr === '') {
    return (
      <Panel title="Output">
        <p class="muted pad">
          {isActive(run.status) ? 'It shows here when the attempt has ended.' : 'The run wrote nothing.'}
        </p>
      </Panel>
    );
  }
  return (
    <>
      <Stream name="Output" text={run.stdout} />
      <Stream name="Errors" text={run.stderr} />
      {run.output_truncated && <p class="muted">There was more: only a part of it was kept.</p>}
    </>
  );
}

function Stream({ name, text }: { readonly name: string; readonly text: string }) {
  if (text === '') return null;
  const lines = text.replace(/\n$/, '').split('\n').length;
  return (
    <Panel
      title={name}
      aside={
        <span class="actions">
          <span class="muted">{plural(lines, 'line')}</span>
          <CopyButton text={text} />
        </span>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard (WCAG 2.1.1) */}
      <section class="output" tabIndex={0} aria-label={`${name}: the text`}>
        <pre>{text}</pre>
      </section>
    </Panel>
  );
}
