import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { useColorSchemeVersion } from '../hooks/use-theme.ts';
import { formatCount } from '../view/format.ts';
import 'uplot/dist/uPlot.min.css';

export interface BarSeries {
  readonly name: string;
  /** CSS custom property of the color. */
  readonly color: string;
  readonly values: readonly number[];
}

export interface StackedBarsProps {
  /** Start of each bar in epoch milliseconds, ascending. */
  readonly starts: readonly number[];
  /** Milliseconds per bar, at most. The time axis ends where the last bar ends. */
  readonly stepMs: number;
  /** From bottom to top. */
  readonly series: readonly BarSeries[];
  /** Text alternative of the chart. */
  readonly summary: string;
  readonly height?: number;
  /**
   * What the labels of the time axis name. Days and months start at midnight in the time zone of the browser.
   *
   * @defaultValue `time`
   */
  readonly unit?: AxisUnit;
}

type AxisUnit = 'time' | 'day' | 'month';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' });
const dayOfMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const monthOnly = new Intl.DateTimeFormat('en-GB', { month: 'short' });
const month = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' });
const DAY_MS = 86_400_000;
const HEIGHT = 180;

/** Formats a tick of the time axis. On charts of several days, midnight shows the day. */
function formatTick(time: number, isLong: boolean, unit: AxisUnit): string {
  const date = new Date(time);
  if (unit === 'time') return isLong && date.getHours() === 0 ? day.format(time) : clock.format(time);
  if (unit === 'month') return date.getDate() === 1 ? formatMonth(date) : '';
  return date.getHours() === 0 ? dayOfMonth.format(time) : '';
}

/** January shows the year: the label of the first bar has little room. */
const formatMonth = (date: Date): string => (date.getMonth() === 0 ? month : monthOnly).format(date);

function formatBarTime(time: number, isLong: boolean, unit: AxisUnit): string {
  if (unit === 'month') return month.format(time);
  if (unit === 'day') return dayOfMonth.format(time);
  return isLong ? `${day.format(time)}, ${clock.format(time)}` : clock.format(time);
}

/** @returns whether the bars span more than 1.5 days */
const spansDays = (starts: readonly number[]): boolean => (starts.at(-1) ?? 0) - (starts[0] ?? 0) > 1.5 * DAY_MS;

/** A stacked bar chart of counts over time. New data is drawn into the existing chart. */
export function StackedBars({ starts, stepMs, series, summary, height = HEIGHT, unit = 'time' }: StackedBarsProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [index, setIndex] = useState<number | null>(null);
  const scheme = useColorSchemeVersion();
  const data = stackSeries(starts, series);
  const latest = useRef(data);
  latest.current = data;
  const names = series.map(({ name }) => name).join();
  const isLong = spansDays(starts);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const chart = new uPlot(
      chartOptions({ series, stepMs, element, height, isLong, unit, onIndex: setIndex }),
      latest.current,
      element,
    );
    plot.current = chart;
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
    // Colors are read when the chart is created; the data is set by the next effect.
  }, [scheme, names, stepMs, height, isLong, unit]);

  useEffect(() => plot.current?.setData(data), [data]);

  const start = index === null ? undefined : starts[index];
  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={summary} style={{ height: `${height}px` }} />
      <Legend
        entries={series.map(({ name, color, values }) => [
          name,
          color,
          index === null ? sum(values) : (values[index] ?? 0),
        ])}
        time={start === undefined ? 'Total' : formatBarTime(start, isLong, unit)}
      />
    </figure>
  );
}

interface LegendProps {
  readonly entries: readonly (readonly [name: string, color: string, count: number | null])[];
  /** Label of the period that the counts refer to. */
  readonly time: string;
}

function Legend({ entries, time }: LegendProps) {
  return (
    <figcaption>
      {entries.map(([name, color, count]) => (
        <span key={name} class="legend">
          <i style={{ background: `var(${color})` }} aria-hidden="true" />
          {name}
          <b class="number">{count === null ? '–' : formatCount(count)}</b>
        </span>
      ))}
      <span class="legend-time number">{time}</span>
    </figcaption>
  );
}

/** Placeholder with the chart's size, shown while data loads, to avoid layout shift. */
export function ChartPlaceholder({ series, height = HEIGHT }: Pick<StackedBarsProps, 'series' | 'height'>) {
  return (
    <div role="status" aria-label="Loading">
      <figure class="chart">
        <div style={{ height: `${height}px` }} />
        <Legend entries={series.map(({ name, color }) => [name, color, null])} time={'\u00a0'} />
      </figure>
    </div>
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Stacks each series on top of the previous ones. The tallest comes first, so that lower ones are drawn over it. */
function stackSeries(starts: readonly number[], series: readonly BarSeries[]): uPlot.AlignedData {
  const heights: number[][] = [];
  for (const { values } of series) {
    const below = heights.at(-1);
    heights.push(starts.map((_, i) => (below?.[i] ?? 0) + (values[i] ?? 0)));
  }
  return [starts.map((start) => start / 1_000), ...heights.reverse()];
}

interface ChartConfig {
  readonly series: readonly BarSeries[];
  readonly stepMs: number;
  readonly element: HTMLElement;
  readonly height: number;
  readonly isLong: boolean;
  readonly unit: AxisUnit;
  readonly onIndex: (index: number | null) => void;
}

function chartOptions({ series, stepMs, element, height, isLong, unit, onIndex }: ChartConfig): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => resolveColor(element, `var(${name})`);
  const step = stepMs / 1_000;
  const bars = uPlot.paths.bars?.({ size: [0.72, 14], align: 1, radius: 0.15 });
  const axis = {
    stroke: color('--muted'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      // A bar extends from its start to the right: without its width, the last bar is outside of the scale.
      x: { range: (_, first, last) => [first, last + step] },
      y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 56,
        size: 26,
        values: (_, splits) => splits.map((seconds) => formatTick(seconds * 1_000, isLong, unit)),
      },
      {
        ...axis,
        size: (plot, labels) => maxLabelWidth(plot, labels ?? [], axis.font) + LABEL_GAP,
        gap: LABEL_GAP,
        incrs: COUNT_STEPS,
        values: (_, splits) => splits.map(formatCount),
      },
    ],
    series: [
      {},
      ...series.toReversed().map(({ name, color: property }) => ({
        label: name,
        fill: color(property),
        stroke: color(property),
        width: 0,
        points: { show: false },
        ...(bars && { paths: bars }),
      })),
    ],
    hooks: { setCursor: [(plot) => onIndex(indexAtCursor(plot))] },
  };
}

/** Increments of the count axis: 1, 2, 5, 10, … up to 5 billion. */
const COUNT_STEPS = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/** CSS pixels between a label and the plot, and between a label and the edge of the chart. */
const LABEL_GAP = 6;

/** Returns the width of the widest label in CSS pixels. */
function maxLabelWidth({ ctx }: uPlot, labels: readonly string[], font: string): number {
  ctx.save();
  ctx.font = font;
  const widths = labels.map((label) => ctx.measureText(label).width);
  ctx.restore();
  return Math.ceil(Math.max(0, ...widths)) + LABEL_GAP;
}

/**
 * Returns the index of the bar under the pointer, or `null`. uPlot's own index is the nearest start, which may belong
 * to the next bar.
 */
function indexAtCursor(plot: uPlot): number | null {
  const { left = -1, idx } = plot.cursor;
  const [starts] = plot.data;
  if (left < 0 || idx == null || starts.length === 0) return null;
  const time = plot.posToVal(left, 'x');
  return Math.max(
    0,
    starts.findLastIndex((start) => start <= time),
  );
}

/** Resolves a color to a value that a canvas accepts: a canvas does not support custom properties. */
function resolveColor(element: HTMLElement, color: string): string {
  const before = element.style.color;
  element.style.color = color;
  const found = getComputedStyle(element).color;
  element.style.color = before;
  return found;
}
