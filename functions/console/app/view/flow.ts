import type {
  OperatorSummary,
  PipelineFlow,
  PipelineMetrics,
  PipelineOperator,
  PipelineState,
} from '../api/pipeline-types.ts';
import type { Run, RunStatus } from '../api/types.ts';
import { isActive } from './status.ts';

/** What stands beside each other in the graph of a flow: records go from each stage to the next one. */
export interface Stage {
  readonly kind: 'source' | 'transform' | 'sink';
  readonly operators: readonly GraphOperator[];
}

export interface GraphOperator extends PipelineOperator {
  /** Undefined until it is measured. */
  readonly figures: OperatorSummary | undefined;
}

/** The graph of a flow: all sources, each transform in turn, all sinks. */
export function flowStages(flow: PipelineFlow, metrics: PipelineMetrics | undefined): readonly Stage[] {
  const byId = new Map(metrics?.operators.map((figures) => [figures.operator_id, figures]));
  const measured = (operator: PipelineOperator) => ({ ...operator, figures: byId.get(operator.id) });
  return [
    { kind: 'source', operators: flow.sources.map(measured) },
    ...flow.transforms.map((operator) => ({ kind: 'transform' as const, operators: [measured(operator)] })),
    { kind: 'sink', operators: flow.sinks.map(measured) },
  ];
}

/**
 * The lines from each of `from` operators to each of `to`, as SVG paths in a box of 100 by 100 whose sides are shared
 * out evenly.
 */
export function connectorPaths(from: number, to: number): readonly string[] {
  const place = (i: number, of: number) => Math.round(((i + 0.5) / of) * 1_000) / 10;
  return Array.from({ length: from * to }, (_, i) => {
    const [start, end] = [place(Math.floor(i / to), from), place(i % to, to)];
    return `M0 ${start}C50 ${start} 50 ${end} 100 ${end}`;
  });
}

/** The operators whose records are kept to be looked at. */
export const recordingOperators = ({ sources, transforms, sinks }: PipelineFlow): readonly PipelineOperator[] =>
  [...sources, ...transforms, ...sinks].filter(({ type, tap }) => type === 'preview' || tap === true);

/** The columns of a table of records: the names in them, in the order in which they come up. */
export function recordColumns(records: readonly unknown[]): readonly string[] {
  const names = new Set<string>();
  for (const record of records) for (const name of Object.keys(toFields(record))) names.add(name);
  return [...names];
}

/** A record by its names; one that is no object is called `value`. */
export const toFields = (record: unknown): Readonly<Record<string, unknown>> =>
  typeof record === 'object' && record !== null && !Array.isArray(record)
    ? (record as Readonly<Record<string, unknown>>)
    : { value: record };

/** A field of a record, as a cell shows it. */
export const formatCell = (value: unknown): string => {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** A text as JSON with its indents, where it is JSON. */
export function formatJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/**
 * States of a flow run that say more than the status of the run, with the colour of a status. For the others the page has
 * the word of the status alone: one word for one state.
 */
export const DETAILED_STATES: Readonly<Partial<Record<PipelineState, readonly [meaning: string, colour: RunStatus]>>> =
  {
    Scheduling: ['its work is being dealt out', 'pending'],
    Rescaling: ['its work is being dealt out anew', 'pending'],
    Recovering: ['a task failed and is about to go on', 'timeout'],
    Stopping: ['its tasks are ending', 'running'],
  };

/**
 * Records read a second by a flow run: over the last minute while it runs, and on average once it has ended.
 *
 * @returns undefined if the run ended without a duration
 */
export function flowThroughput(
  metrics: Pick<PipelineMetrics, 'throughput' | 'records_in'>,
  { status, duration_ms: ms }: Pick<Run, 'status' | 'duration_ms'>,
): { readonly perSecond: number; readonly note: string } | undefined {
  if (isActive(status)) return { perSecond: metrics.throughput, note: 'in the last minute' };
  if (ms === null || ms === 0) return undefined;
  return { perSecond: (metrics.records_in / ms) * 1_000, note: 'on average' };
}
