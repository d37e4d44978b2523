import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { truncate } from '../../../core/domain/text.ts';
import { readSegments, type Segment, type TextStyle } from '../view/ansi.ts';
import { formatCount } from '../view/format.ts';
import { type LineRange, styleBefore } from '../view/output-lines.ts';

/** Maximum characters shown per line; longer lines slow down the page. */
const LINE_CHARACTERS = 10_000;
/** Distance from the end, in pixels, that counts as scrolled to the end. */
const NEAR_PX = 24;

export interface OutputTextProps {
  readonly name: string;
  readonly lines: readonly string[];
  readonly range: LineRange;
  /** The side of the range that is shown first. */
  readonly align: 'start' | 'end';
  readonly wraps: boolean;
  /** Keeps the end in view while the text grows, unless the user scrolls away from the end. */
  readonly follows: boolean;
  /** Text to highlight. */
  readonly query: string;
  /** The line to scroll to. */
  readonly current: number | undefined;
}

/** A scrollable range of lines with their colors. */
export function OutputText({
  name,
  lines,
  range: { first, end },
  align,
  wraps,
  follows,
  query,
  current,
}: OutputTextProps) {
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  const segments = useMemo(() => segmentsOf(lines, first, end), [lines, first, end]);
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = align === 'end' ? box.current.scrollHeight : 0;
  }, [first, align]);
  useLayoutEffect(() => {
    if (box.current && follows && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follows]);
  useLayoutEffect(() => {
    if (current === undefined || query === '') return;
    box.current?.querySelector(`[data-line="${current}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [current, query, first]);
  const onScroll = ({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: { currentTarget: HTMLElement }) => {
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard (WCAG 2.1.1)
    <section ref={box} class="output" tabIndex={0} aria-label={`${name} text`} onScroll={onScroll}>
      <pre class={wraps ? '' : 'unwrapped'}>
        {segments.map((line, i) => (
          <Line
            key={first + i}
            number={first + i}
            segments={line}
            query={query}
            isCurrent={query !== '' && first + i === current}
            isLast={first + i === end - 1}
          />
        ))}
      </pre>
    </section>
  );
}

function segmentsOf(lines: readonly string[], first: number, end: number): readonly (readonly Segment[])[] {
  let style = styleBefore(lines, first);
  return lines.slice(first, end).map((line) => {
    const read = readSegments(line, style);
    style = read.style;
    return read.segments;
  });
}

interface LineProps {
  readonly number: number;
  readonly segments: readonly Segment[];
  readonly query: string;
  readonly isCurrent: boolean;
  readonly isLast: boolean;
}

function Line({ number, segments, query, isCurrent, isLast }: LineProps) {
  const length = segments.reduce((sum, { text }) => sum + text.length, 0);
  return (
    <>
      <span data-line={number} class={isCurrent ? 'current' : undefined}>
        {shortened(segments).map(({ text, style }, i) => (
          <span key={i} class={classOf(style)}>
            {marked(text, query)}
          </span>
        ))}
        {length > LINE_CHARACTERS && (
          <span class="muted"> … {formatCount(length - LINE_CHARACTERS)} more characters (download to view)</span>
        )}
      </span>
      {!isLast && '\n'}
    </>
  );
}

function shortened(segments: readonly Segment[]): readonly Segment[] {
  let room = LINE_CHARACTERS;
  return segments.flatMap(({ text, style }) => {
    const shown = truncate(text, Math.max(0, room));
    room -= text.length;
    return shown === '' ? [] : [{ text: shown, style }];
  });
}

function classOf({ color, background, bold, dim, italic, underline }: TextStyle): string | undefined {
  const classes = [
    color !== undefined && `ansi-${color}`,
    background !== undefined && `ansi-on-${background % 8}`,
    bold && 'ansi-bold',
    dim && 'ansi-dim',
    italic && 'ansi-italic',
    underline && 'ansi-underline',
  ].filter(Boolean);
  return classes.length > 0 ? classes.join(' ') : undefined;
}

function marked(text: string, query: string) {
  if (query === '') return text;
  const pattern = new RegExp(`(${query.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')})`, 'gi');
  // `split` with a capturing group returns each match at an odd index.
  return text.split(pattern).map((part, i) => (i % 2 === 1 ? <mark key={i}>{part}</mark> : part));
}
