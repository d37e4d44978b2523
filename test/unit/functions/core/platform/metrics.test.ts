import { describe, expect, it } from 'vitest';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { createMetrics } from '../../../../../functions/core/platform/metrics.ts';

const [acme, bo] = ['acme', 'bo'] as TenantId[] as [TenantId, TenantId];

interface Emf {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

/** Metrics of a stage in which only `acme` has metrics of its own, and the log lines. */
function givenMetrics() {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const info = (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
    void lines.push({ message, ...fields });
  return { metrics: createMetrics({ info }, { stage: 'prod', tenants: ['acme'] }), lines };
}

/** The part of a line from which CloudWatch extracts metrics. */
function emfOf(line: Readonly<Record<string, unknown>> | undefined): Emf | undefined {
  const { CloudWatchMetrics: [emf] = [] } = (line?._aws ?? {}) as { readonly CloudWatchMetrics?: readonly Emf[] };
  return emf;
}

describe('event', () => {
  it('logs a line with its values, which count for the stage', () => {
    const { metrics, lines } = givenMetrics();

    metrics.event('run.executed', { RunDuration: 12, RunsCompleted: 1 }, { tenant: bo, run: 'R1' });

    expect(lines).toEqual([
      expect.objectContaining({
        message: 'run.executed',
        tenant: 'bo',
        run: 'R1',
        stage: 'prod',
        RunDuration: 12,
        RunsCompleted: 1,
      }),
    ]);
    expect(emfOf(lines[0])).toEqual({
      Namespace: 'Jobdeck',
      Dimensions: [['stage']],
      Metrics: [
        { Name: 'RunDuration', Unit: 'Milliseconds' },
        { Name: 'RunsCompleted', Unit: 'Count' },
      ],
    });
  });

  it('counts for a tenant with metrics of its own as well', () => {
    const { metrics, lines } = givenMetrics();

    metrics.event('run.executed', { RunsFailed: 1 }, { tenant: acme });

    expect(emfOf(lines[0])?.Dimensions).toEqual([['stage'], ['stage', 'tenant']]);
    expect(lines[0]).toMatchObject({ stage: 'prod', tenant: 'acme' });
  });

  it('carries no values over from the previous event', () => {
    const { metrics, lines } = givenMetrics();

    metrics.event('run.executed', { RunsFailed: 1 }, { tenant: acme });
    metrics.event('tick.missed', { MissedTicks: 2 }, { tenant: bo });

    expect(emfOf(lines[1])).toMatchObject({
      Dimensions: [['stage']],
      Metrics: [{ Name: 'MissedTicks', Unit: 'Count' }],
    });
    expect(lines[1]).not.toHaveProperty('RunsFailed');
  });

  it('logs a plain line without values', () => {
    const { metrics, lines } = givenMetrics();

    metrics.event('run.executed', {}, { tenant: acme, status: 'aborted' });

    expect(lines).toEqual([{ message: 'run.executed', tenant: 'acme', status: 'aborted' }]);
  });
});

describe('gauge', () => {
  it('counts the stage’s value for the stage', () => {
    const { metrics, lines } = givenMetrics();

    metrics.gauge('stage.measured', { PendingRuns: 3 });

    expect(emfOf(lines[0])?.Dimensions).toEqual([['stage']]);
  });

  it('counts a tenant’s value only for a tenant with metrics of its own', () => {
    const { metrics, lines } = givenMetrics();

    metrics.gauge('tenant.measured', { PendingRuns: 3 }, acme);
    metrics.gauge('tenant.measured', { PendingRuns: 4 }, bo);

    expect(lines).toHaveLength(1);
    expect(emfOf(lines[0])?.Dimensions).toEqual([['stage', 'tenant']]);
    expect(lines[0]).toMatchObject({ tenant: 'acme', PendingRuns: 3 });
  });
});
