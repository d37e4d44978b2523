import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Run } from '../api/wire.ts';
import { plural } from '../view/format.ts';
import { isActive } from '../view/status.ts';
import { CopyButton } from './copy-button.tsx';
import { Panel } from './panel.tsx';

/** What a run wrote, or has written so far. */
export function Output({ run }: { readonly run: Run }) {
  if (run.status === 'skipped') return null;
  const isLive = isActive(run.status);
  if (run.stdout === '' && run.stderr === '') {
    return (
      <Panel title="Output">
        <p class="muted pad">
          {isLive ? 'Nothing yet. What it writes shows here some seconds later.' : 'The run wrote nothing.'}
        </p>
      </Panel>
    );
  }
  return (
    <>
      <Stream name="Output" text={run.stdout} isLive={isLive} />
      <Stream name="Errors" text={run.stderr} isLive={isLive} />
      {run.output_truncated && <p class="muted">There was more: only a part of it was kept.</p>}
    </>
  );
}

interface StreamProps {
  readonly name: string;
  readonly text: string;
  readonly isLive: boolean;
}

function Stream({ name, text, isLive }: StreamProps) {
  if (text === '') return null;
  const lines = text.replace(/\n$/, '').split('\n').length;
  return (
    <Panel
      title={name}
      aside={
        <span class="actions">
          {isLive && <span class="live">live</span>}
          <span class="muted number">{plural(lines, 'line')}</span>
          <CopyButton text={text} />
        </span>
      }
    >
      <Text name={name} text={text} isLive={isLive} />
    </Panel>
  );
}

/** How far from the end still counts as at the end. */
const NEAR_PX = 24;

/** Stays at the end of what is growing, unless somebody has scrolled away from there. */
function Text({ name, text, isLive }: StreamProps) {
  const box = useRef<HTMLElement>(null);
  const follows = useRef(isLive);
  useLayoutEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  const onScroll = ({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: { currentTarget: HTMLElement }) => {
    follows.current = isLive && scrollHeight - scrollTop - clientHeight < NEAR_PX;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard (WCAG 2.1.1)
    <section ref={box} class="output" tabIndex={0} aria-label={`${name}: the text`} onScroll={onScroll}>
      <pre>{text}</pre>
    </section>
  );
}
