import type { Run } from '../api/types.ts';
import { isActive } from '../view/status.ts';
import { OutputPanel } from './output-panel.tsx';
import { Panel } from './panel.tsx';

/** The output of a run, also while the run is active. */
export function RunOutput({ run }: { readonly run: Run }) {
  if (run.status === 'skipped') return null;
  const isLive = isActive(run.status);
  if (run.stdout === '' && run.stderr === '') {
    return (
      <Panel title="Output">
        <p class="muted pad">
          {isLive ? 'No output yet. Output appears here after a few seconds.' : 'The run produced no output.'}
        </p>
      </Panel>
    );
  }
  return (
    <>
      <Stream run={run} name="Output" stream="stdout" isLive={isLive} />
      <Stream run={run} name="Errors" stream="stderr" isLive={isLive} />
      {run.output_truncated && <p class="muted">The output was truncated.</p>}
    </>
  );
}

interface StreamProps {
  readonly run: Run;
  readonly name: string;
  readonly stream: 'stdout' | 'stderr';
  readonly isLive: boolean;
}

function Stream({ run, name, stream, isLive }: StreamProps) {
  const text = run[stream];
  if (text === '') return null;
  return <OutputPanel name={name} text={text} isLive={isLive} file={`${run.job_id}-${run.id}-${stream}.log`} />;
}
