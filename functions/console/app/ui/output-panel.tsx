import { useMemo, useState } from 'preact/hooks';
import { plainText } from '../view/ansi.ts';
import { formatCount, pluralize } from '../view/format.ts';
import {
  findLines,
  LINES_PER_RANGE,
  type LineRange,
  lastLines,
  linesAround,
  terminalLines,
} from '../view/output-lines.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { download } from './download.ts';
import { onText } from './field.tsx';
import { Icon } from './icon.tsx';
import { OutputText } from './output-text.tsx';
import { Panel } from './panel.tsx';

export interface OutputPanelProps {
  readonly name: string;
  readonly text: string;
  /** `true` while the output may grow. */
  readonly isLive: boolean;
  /** Name of the downloaded file. */
  readonly file: string;
}

/** An output stream, starting with its last lines. Earlier lines are reached range by range or by search. */
export function OutputPanel({ name, text, isLive, file }: OutputPanelProps) {
  const lines = useMemo(() => terminalLines(text), [text]);
  /** `undefined` shows the last lines, also while the output grows. */
  const [selectedRange, setSelectedRange] = useState<LineRange & { readonly align: 'start' | 'end' }>();
  const [wraps, setWraps] = useState(true);
  const [query, setQuery] = useState('');
  const [position, setPosition] = useState(0);
  const found = useMemo(() => findLines(lines, query), [lines, query]);
  const range = selectedRange ?? lastLines(lines.length);
  const goToMatch = (to: number, among = found) => {
    if (among.length === 0) return;
    const at = (to + among.length) % among.length;
    setPosition(at);
    const line = among[at] ?? 0;
    if (line < range.first || line >= range.end)
      setSelectedRange({ ...linesAround(line, lines.length), align: 'start' });
  };
  const search = (newQuery: string) => {
    setQuery(newQuery);
    // Starts with the last match, because the output opens at its end.
    const matches = findLines(lines, newQuery);
    goToMatch(matches.length - 1, matches);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    goToMatch(position + (event.shiftKey ? -1 : 1));
  };
  const earlier = () =>
    setSelectedRange({ first: Math.max(0, range.first - LINES_PER_RANGE), end: range.first, align: 'end' });
  const later = () => {
    const end = Math.min(lines.length, range.end + LINES_PER_RANGE);
    setSelectedRange({ first: range.end, end, align: 'start' });
  };
  const isPartial = range.end - range.first < lines.length;
  return (
    <Panel
      title={name}
      aside={
        <span class="actions">
          {isLive && <span class="live">live</span>}
          <span class="muted number">{pluralize(lines.length, 'line')}</span>
          <CopyButton text={plainText(text)} />
          <Button tone="quiet" icon="download" onClick={() => download(text, file)}>
            Download
          </Button>
        </span>
      }
    >
      <search class="tools output-tools">
        <label class="search">
          <Icon name="search" />
          <span class="visually-hidden">Search {name}</span>
          <input type="search" value={query} placeholder="Search" onInput={onText(search)} onKeyDown={onKey} />
        </label>
        {query !== '' && (
          <span class="actions">
            <span class="muted number" role="status">
              {found.length === 0 ? 'no matches' : `${formatCount(position + 1)} of ${pluralize(found.length, 'line')}`}
            </span>
            <Button tone="quiet" icon="up" label="Previous match" onClick={() => goToMatch(position - 1)} />
            <Button tone="quiet" icon="down" label="Next match" onClick={() => goToMatch(position + 1)} />
          </span>
        )}
        <label class="pin">
          <input type="checkbox" checked={wraps} onChange={() => setWraps(!wraps)} />
          Wrap lines
        </label>
      </search>
      {isPartial && (
        <div class="tools output-tools">
          <span class="muted number">
            Lines {formatCount(range.first + 1)}–{formatCount(range.end)}
          </span>
          {range.first > 0 && <Button onClick={earlier}>Earlier lines</Button>}
          {range.end < lines.length && <Button onClick={later}>Later lines</Button>}
          {range.first > 0 && (
            <Button onClick={() => setSelectedRange({ first: 0, end: LINES_PER_RANGE, align: 'start' })}>
              First lines
            </Button>
          )}
          {range.end < lines.length && <Button onClick={() => setSelectedRange(undefined)}>Last lines</Button>}
        </div>
      )}
      <OutputText
        name={name}
        lines={lines}
        range={range}
        align={selectedRange?.align ?? (isLive || isPartial ? 'end' : 'start')}
        wraps={wraps}
        follows={isLive && selectedRange === undefined}
        query={query}
        current={found[position]}
      />
    </Panel>
  );
}
