import { describe, expect, it } from 'vitest';
import { flowJobRequest } from '../../../../../../functions/api/definition/job-request.ts';
import type {
  Checkpoint,
  PipelineFlow,
  PipelineMetrics,
} from '../../../../../../functions/console/app/api/pipeline-types.ts';
import { parseWholeNumber, restartOptions } from '../../../../../../functions/console/app/view/checkpoints.ts';
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
import {
  editableFields,
  formatDefinition,
  locateErrors,
  parseDefinition,
  patchBetween,
  TEMPLATES,
} from '../../../../../../functions/console/app/view/flow-form.ts';

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

describe('a restart', () => {
  const checkpoint = (epoch: number, state: Checkpoint['state']): Checkpoint => ({
    id: `chk_${epoch}`,
    epoch,
    start_time: Date.parse('2026-11-22T12:00:00Z'),
    finish_time: null,
    state,
    size_bytes: 1_234,
    cause: 'stop',
    pinned: false,
  });

  it('offers completed checkpoints, the newest first', () => {
    const all = [checkpoint(1, 'completed'), checkpoint(2, 'failed'), checkpoint(3, 'completed')];

    expect(restartOptions(all, 'UTC')).toEqual([
      ['chk_3', '3: 12:00:00.000 UTC, on stop, 1.2 KB'],
      ['chk_1', '1: 12:00:00.000 UTC, on stop, 1.2 KB'],
    ]);
  });

  it.each([
    ['4', 4],
    [' 64 ', 64],
  ])('accepts %j tasks', (text, tasks) => expect(parseWholeNumber(text, 1, 64)).toBe(tasks));
  it.each(['', '0', '65', '1.5', 'x'])('rejects %j tasks', (text) => {
    expect(parseWholeNumber(text, 1, 64)).toBe('Must be a whole number from 1 to 64.');
  });
});

describe('the text of a flow', () => {
  it.each(TEMPLATES.map(({ name, definition }) => [name, definition] as const))(
    'accepts the template %s',
    (_, definition) => {
      expect(parseDefinition(formatDefinition(definition))).toEqual({ kind: 'definition', definition });
      expect(flowJobRequest.safeParse(definition).error).toBeUndefined();
    },
  );

  it('locates a JSON syntax error', () => {
    expect(parseDefinition('{\n  "id": oops\n}')).toMatchObject({ kind: 'error', error: { line: 2, column: 9 } });
    expect(parseDefinition('[]')).toMatchObject({ kind: 'error', error: { message: /object/ } });
  });

  it('locates an error at its field, and within an expression at the character', () => {
    const where = 'say = "\\"hi" ~ (';
    const text = JSON.stringify({ id: 'x', flow: { transforms: [{ where }] } }, null, 2);
    const [field, expression, missing] = locateErrors(text, [
      { field: 'id', message: 'is taken' },
      { field: 'flow.transforms[0].where', message: 'must be JSONata', position: where.indexOf('~') + 1 },
      { field: 'flow.sinks', message: 'must have 1–10 entries' },
    ]);

    expect(text.slice(field?.range.start, field?.range.end)).toBe('"x"');
    expect(text.charAt(expression?.range.start ?? 0)).toBe('~');
    expect(expression).toMatchObject({ line: 6, message: expect.stringMatching(/at character 14 /) });
    expect(text.slice(missing?.range.start).startsWith('{\n    "transforms"')).toBe(true);
  });

  it('contains the editable fields only', () => {
    const definition = { id: 'x', type: 'flow', script: null, tags: [], created_at: 1, timezone: 'UTC', flow: {} };
    expect(editableFields(definition)).toEqual({ id: 'x', timezone: 'UTC', flow: {} });
  });

  it('sends changed fields, and null for removed ones', () => {
    const before = { id: 'x', schedule: '@daily', flow: { sources: [] } };
    expect(patchBetween(before, { id: 'x', flow: { sources: [] }, name: 'y' })).toEqual({
      schedule: null,
      name: 'y',
    });
  });
});
