import { describe, expect, it } from 'vitest';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { createMetrics } from '../../../../../functions/core/platform/metrics.ts';

const [acme, bo] = ['acme', 'bo'] as TenantId[] as [TenantId, TenantId];

interface Emf {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

/** Metrics of a stage in which only `acme` has its own, and the lines that were written. */
function givenMetrics() {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const info = (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
    void lines.push({ message, ...fields });
  return { metrics: createMetrics({ info }, { stage: 'prod', tenants: ['acme'] }), lines };
}

/** What CloudWatch takes from a line. */
function emfOf(line: Readonly<Record<string, unknown>> | undefined): Emf | undefined {
  const { CloudWatchMetrics: [emf] = [] } = (line?._aws ?? {}) as { readonly CloudWatchMetrics?: readonly Emf[] };
  return emf;
}

describe('an event', () => {
  it('is a line of the log with its values, which count for the stage', () => {
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

  it('of a tenant with metrics of its own counts for that tenant too', () => {
    const { metrics, lines } = givenMetrics();

    metrics.event('run.executed', { RunsFailed: 1 }, { tenant: acme });

    expect(emfOf(lines[0])?.Dimensions).toEqual([['stage'], ['stage', 'tenant']]);
    expect(lines[0]).toMatchObject({ stage: 'prod', tenant: 'acme' });
  });

  it('takes nothing along from the one before', () => {
    const { metrics, lines } = givenMetrics();

    metrics.event('run.executed', { RunsFailed: 1 }, { tenant: acme });
    metrics.event('tick.missed', { MissedTicks: 2 }, { tenant: bo });

    expect(emfOf(lines[1])).toMatchObject({
      Dimensions: [['stage']],
      Metrics: [{ Name: 'MissedTicks', Unit: 'Count' }],
    });
    expect(lines[1]).not.toHaveProperty('RunsFailed');
  });

  it('without values is a line like any', () => {
    const { metrics, lines } = givenMetrics();

    metrics.event('run.executed', {}, { tenant: acme, status: 'aborted' });

    expect(lines).toEqual([{ message: 'run.executed', tenant: 'acme', status: 'aborted' }]);
  });
});

describe('a level', () => {
  it('of the stage counts for the stage', () => {
    const { metrics, lines } = givenMetrics();

    metrics.gauge('stage.level', { PendingRuns: 3 });

    expect(emfOf(lines[0])?.Dimensions).toEqual([['stage']]);
  });

  it('of a tenant with metrics of its own counts for that tenant alone, and of another is not written', () => {
    const { metrics, lines } = givenMetrics();

    metrics.gauge('tenant.level', { PendingRuns: 3 }, acme);
    metrics.gauge('tenant.level', { PendingRuns: 4 }, bo);

    expect(lines).toHaveLength(1);
    expect(emfOf(lines[0])?.Dimensions).toEqual([['stage', 'tenant']]);
    expect(lines[0]).toMatchObject({ tenant: 'acme', PendingRuns: 3 });
  });
});
