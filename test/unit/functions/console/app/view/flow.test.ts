import { describe, expect, it } from 'vitest';
import type { PipelineFlow, PipelineMetrics } from '../../../../../../functions/console/app/api/pipeline-types.ts';
import {
  connectorPaths,
  flowStages,
  flowThroughput,
  formatCell,
  formatJson,
  recordColumns,
  recordingOperators,
  toFields,
} from '../../../../../../functions/console/app/view/flow.ts';

const operator = (id: string, type: string, tap?: boolean) => ({ id, name: id, type, ...(tap && { tap }) });

const FLOW: PipelineFlow = {
  sources: [operator('a', 's3'), operator('b', 'inline')],
  transforms: [operator('even', 'filter', true), operator('shape', 'map')],
  sinks: [operator('seen', 'preview')],
};

function metricsOf(id: string): PipelineMetrics {
  const figures = { records_in: 1, records_out: 2, errors: 0, warnings: 0 };
  const latency = { latency_p50: null, latency_p95: null, latency_p99: null };
  return {
    ...figures,
    ...latency,
    bytes_in: 0,
    bytes_out: 0,
    throughput: 0,
    backpressure: null,
    operators: [{ operator_id: id, operator_name: id, ...figures, ...latency, backpressure: 0.1 }],
  };
}

describe('flowThroughput', () => {
  const metrics = { throughput: 7.5, records_in: 1_234 };

  it('returns the rate of the last minute while the run is active', () => {
    const run = { status: 'running', duration_ms: null } as const;
    expect(flowThroughput(metrics, run)).toEqual({ perSecond: 7.5, note: 'in the last minute' });
  });

  it('returns the mean rate once the run has ended', () => {
    const over = { throughput: 0, records_in: 1_234 };
    expect(flowThroughput(over, { status: 'ok', duration_ms: 2_000 })).toEqual({ perSecond: 617, note: 'average' });
    expect(flowThroughput(over, { status: 'canceled', duration_ms: 60_000 })?.perSecond).toBeCloseTo(20.57, 2);
  });

  it('returns undefined for a run that never started', () => {
    expect(flowThroughput(metrics, { status: 'canceled', duration_ms: null })).toBeUndefined();
  });
});

describe('the graph of a flow', () => {
  it('has a stage for all sources, for each transform and for all sinks', () => {
    const stages = flowStages(FLOW, metricsOf('even'));

    expect(stages.map(({ kind, operators }) => [kind, ...operators.map(({ id }) => id)])).toEqual([
      ['source', 'a', 'b'],
      ['transform', 'even'],
      ['transform', 'shape'],
      ['sink', 'seen'],
    ]);
    expect(stages[1]?.operators[0]?.metrics).toMatchObject({ records_in: 1, records_out: 2 });
    expect(stages[0]?.operators[0]?.metrics).toBeUndefined();
  });

  it('names the branches of a route at its sinks', () => {
    const route = {
      ...operator('route_1', 'route'),
      routes: [
        { when: 'total > 9', to: ['large', 'all'] },
        { when: 'vip', to: ['all'] },
      ],
      otherwise: ['rest', 'all'],
    };
    const sinks = ['large', 'all', 'rest'].map((id) => operator(id, 'preview'));

    const stages = flowStages({ ...FLOW, transforms: [route], sinks }, undefined);

    expect(stages.at(-1)?.operators.map(({ branches }) => branches)).toEqual([
      ['total > 9'],
      ['total > 9', 'vip', 'otherwise'],
      ['otherwise'],
    ]);
    expect(flowStages(FLOW, undefined).at(-1)?.operators[0]?.branches).toEqual([]);
  });

  it('has a stage for the sinks that wait for the responses of another one', () => {
    const erp = { ...operator('erp', 'http'), responseMap: 'response.body' };
    const last = { ...operator('last', 'http'), responseMap: 'response.body' };
    const sinks = [operator('log', 'preview'), erp, operator('ledger', 's3'), { ...erp, id: 'crm' }, last];

    const stages = flowStages({ ...FLOW, transforms: [], sinks }, undefined);

    expect(stages.slice(1).map(({ from, operators }) => [from, ...operators.map(({ id }) => id)])).toEqual([
      [undefined, 'log', 'erp'],
      [1, 'ledger', 'crm'],
      [1, 'last'],
    ]);
    expect(connectorPaths(2, 2, 1)).toEqual(['M0 75C50 75 50 25 100 25', 'M0 75C50 75 50 75 100 75']);
  });

  it('connects each operator of a stage with each operator of the next', () => {
    expect(connectorPaths(1, 1)).toEqual(['M0 50C50 50 50 50 100 50']);
    expect(connectorPaths(2, 1)).toEqual(['M0 25C50 25 50 50 100 50', 'M0 75C50 75 50 50 100 50']);
    expect(connectorPaths(2, 3)).toHaveLength(6);
  });

  it('finds the operators that store records', () => {
    expect(recordingOperators(FLOW).map(({ id }) => id)).toEqual(['even', 'seen']);
  });
});

describe('a table of records', () => {
  it('has a column for each field; a value that is not an object is a field', () => {
    expect(recordColumns([{ id: 1 }, 7, { name: 'x', id: 2 }])).toEqual(['id', 'value', 'name']);
    expect(toFields([1])).toEqual({ value: [1] });
  });

  it('shows strings unchanged and other values as JSON', () => {
    expect(['x', 1, null, { a: [1] }, undefined].map(formatCell)).toEqual(['x', '1', 'null', '{"a":[1]}', '']);
    expect(formatJson('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(formatJson('{"bad')).toBe('{"bad');
  });
});
