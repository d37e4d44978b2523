import { stagesOf } from '../../../core/domain/flow/flow.ts';
import type {
  OperatorSummary,
  PipelineFlow,
  PipelineMetrics,
  PipelineOperator,
  PipelineState,
} from '../api/pipeline-types.ts';
import type { Run, RunStatus } from '../api/types.ts';
import { isActive } from './status.ts';

/** Operators side by side in the graph of a flow. Records pass from each stage to the next. */
export interface Stage {
  readonly kind: 'source' | 'transform' | 'sink';
  readonly operators: readonly GraphOperator[];
  /**
   * Index of the only operator of the previous stage that sends records to this one.
   *
   * @defaultValue all of them do
   */
  readonly from?: number;
}

export interface GraphOperator extends PipelineOperator {
  /** `undefined` until the operator is measured. */
  readonly metrics: OperatorSummary | undefined;
  /** Conditions of the branches that lead to a sink, such as `total > 9` or `otherwise`; empty without a route. */
  readonly branches: readonly string[];
}

/**
 * Returns the graph of a flow: one stage with all sources, one for each transform, and one with all sinks. Sinks that wait
 * for the responses of another one follow it in a stage of their own.
 */
export function flowStages(flow: PipelineFlow, metrics: PipelineMetrics | undefined): readonly Stage[] {
  const metricsById = new Map(metrics?.operators.map((figures) => [figures.operator_id, figures]));
  const withMetrics = (operator: PipelineOperator): GraphOperator => ({
    ...operator,
    metrics: metricsById.get(operator.id),
    branches: branchesTo(operator.id, flow.transforms.at(-1)),
  });
  return [
    { kind: 'source', operators: flow.sources.map(withMetrics) },
    ...flow.transforms.map((operator) => ({ kind: 'transform' as const, operators: [withMetrics(operator)] })),
    ...sinkStages(flow.sinks.map(withMetrics)),
  ];
}

/** Stands for the branch of records that meet no condition. */
export const OTHERWISE = 'otherwise';

/** Returns the conditions under which a route sends a record to a sink. */
function branchesTo(sink: string, { routes = [], otherwise = [] }: Partial<PipelineOperator> = {}): readonly string[] {
  const conditions = routes.filter(({ to }) => to.includes(sink)).map(({ when }) => when);
  return otherwise.includes(sink) ? [...conditions, OTHERWISE] : conditions;
}

/** Returns the stages of sinks. A stage receives its records from the last sink of the one before. */
const sinkStages = (sinks: readonly GraphOperator[]): readonly Stage[] =>
  stagesOf(sinks).map((operators, i, stages) => {
    const before = stages[i - 1];
    return { kind: 'sink', operators, ...(before && { from: before.length - 1 }) };
  });

/**
 * Returns connectors from each of `from` operators to each of `to`, as SVG paths in a box of 100 by 100.
 *
 * @param only index of the only operator with connectors. @defaultValue all
 */
export function connectorPaths(from: number, to: number, only?: number): readonly string[] {
  const place = (i: number, of: number) => Math.round(((i + 0.5) / of) * 1_000) / 10;
  const starts = only === undefined ? Array.from({ length: from }, (_, i) => i) : [only];
  return starts.flatMap((start) =>
    Array.from({ length: to }, (_, end) => {
      const [left, right] = [place(start, from), place(end, to)];
      return `M0 ${left}C50 ${left} 50 ${right} 100 ${right}`;
    }),
  );
}

/** Returns the operators that store their records for inspection. */
export const recordingOperators = ({ sources, transforms, sinks }: PipelineFlow): readonly PipelineOperator[] =>
  [...sources, ...transforms, ...sinks].filter(({ type, tap }) => type === 'preview' || tap === true);

/** Returns the field names of all records, in the order of their first appearance. */
export function recordColumns(records: readonly unknown[]): readonly string[] {
  const names = new Set<string>();
  for (const record of records) for (const name of Object.keys(toFields(record))) names.add(name);
  return [...names];
}

/** Returns the fields of a record. A value that is not an object becomes the field `value`. */
export const toFields = (record: unknown): Readonly<Record<string, unknown>> =>
  typeof record === 'object' && record !== null && !Array.isArray(record)
    ? (record as Readonly<Record<string, unknown>>)
    : { value: record };

/** Formats a field of a record for a table cell. */
export const formatCell = (value: unknown): string => {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Indents JSON; returns other text unchanged. */
export function formatJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Labels and colors of flow states that are more detailed than the status of the run. Other states show the status. */
export const DETAILED_STATES: Readonly<Partial<Record<PipelineState, readonly [meaning: string, color: RunStatus]>>> = {
  Scheduling: ['its work is being distributed to tasks', 'pending'],
  Rescaling: ['its work is being redistributed to tasks', 'pending'],
  Recovering: ['a failed task is being resumed', 'timeout'],
  Stopping: ['its tasks are stopping', 'running'],
};

/**
 * Returns the records read per second by a flow run: over the last minute while it is active, on average once it has
 * ended.
 *
 * @returns `undefined` if the run ended without a duration
 */
export function flowThroughput(
  metrics: Pick<PipelineMetrics, 'throughput' | 'records_in'>,
  { status, duration_ms: ms }: Pick<Run, 'status' | 'duration_ms'>,
): { readonly perSecond: number; readonly note: string } | undefined {
  if (isActive(status)) return { perSecond: metrics.throughput, note: 'in the last minute' };
  if (ms === null || ms === 0) return undefined;
  return { perSecond: (metrics.records_in / ms) * 1_000, note: 'average' };
}
