import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { useColourScheme } from '../hooks/use-theme.ts';
import 'uplot/dist/uPlot.min.css';

export interface BarSeries {
  readonly name: string;
  /** Custom property of its colour. */
  readonly colour: string;
  readonly values: readonly number[];
}

export interface StackedBarsProps {
  /** When each bar begins, in epoch milliseconds, in even steps. */
  readonly starts: readonly number[];
  /** From the bottom up. */
  readonly series: readonly BarSeries[];
  /** What the picture says, in words. */
  readonly summary: string;
  readonly height?: number;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** Counts over time, one bar a step. The picture is redrawn in place when its numbers change. */
export function StackedBars({ starts, series, summary, height = 180 }: StackedBarsProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [at, setAt] = useState<number | null>(null);
  const scheme = useColourScheme();
  const data = stacked(starts, series);
  const latest = useRef(data);
  latest.current = data;
  const names = series.map(({ name }) => name).join();

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(optionsOf(series, element, height, setAt), latest.current, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
    // Colours are read when it is made; what is in it is set below.
  }, [scheme, names, height]);

  useEffect(() => plot.current?.setData(data), [data]);

  const start = at === null ? undefined : starts[at];
  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={summary} style={{ height: `${height}px` }} />
      <figcaption>
        {series.map(({ name, colour, values }) => (
          <span key={name} class="legend">
            <i style={{ background: `var(${colour})` }} aria-hidden="true" />
            {name}
            <b class="number">{at === null ? sum(values) : (values[at] ?? 0)}</b>
          </span>
        ))}
        <span class="legend-time number">{start === undefined ? 'in all' : clock.format(start)}</span>
      </figcaption>
    </figure>
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Each series on top of those below it, the tallest first, so that lower ones are drawn over it. */
function stacked(starts: readonly number[], series: readonly BarSeries[]): uPlot.AlignedData {
  const heights: number[][] = [];
  for (const { values } of series) {
    const below = heights.at(-1);
    heights.push(starts.map((_, i) => (below?.[i] ?? 0) + (values[i] ?? 0)));
  }
  return [starts.map((start) => start / 1_000), ...heights.reverse()];
}

function optionsOf(
  series: readonly BarSeries[],
  element: HTMLElement,
  height: number,
  onIndex: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => resolved(element, `var(${name})`);
  const bars = uPlot.paths.bars?.({ size: [0.72, 14], align: 1, radius: 0.15 });
  const axis = {
    stroke: colour('--muted'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 56,
        size: 26,
        values: (_, splits) => splits.map((seconds) => clock.format(seconds * 1_000)),
      },
      { ...axis, size: 32, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] },
    ],
    series: [
      {},
      ...series.toReversed().map(({ name, colour: property }) => ({
        label: name,
        fill: colour(property),
        stroke: colour(property),
        width: 0,
        points: { show: false },
        ...(bars && { paths: bars }),
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onIndex(cursor.idx ?? null)] },
  };
}

/** What a colour of the design is here and now: a canvas knows no custom properties. */
function resolved(element: HTMLElement, colour: string): string {
  const before = element.style.color;
  element.style.color = colour;
  const found = getComputedStyle(element).color;
  element.style.color = before;
  return found;
}
