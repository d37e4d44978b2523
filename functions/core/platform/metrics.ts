import { Metrics as EmfMetrics } from '@aws-lambda-powertools/metrics';
import type { TenantId } from '../domain/tenant.ts';
import type { Log } from './log.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName } from './metric-names.ts';

/** Values by metric, in the metric's unit. */
export type MetricValues = Readonly<Partial<Record<MetricName, number>>>;

/**
 * Lines of the log that CloudWatch takes metrics from. Each counts for the stage, and for the tenant when it is one that
 * the configuration names: every tenant with metrics of its own is billed as so many more metrics.
 */
export interface Metrics {
  /** Something of a tenant happened: it counts for the stage too. Without values it is a line of the log like any. */
  event(message: string, values: MetricValues, fields: Readonly<Record<string, unknown>> & { tenant: TenantId }): void;
  /** How things stand, of the stage or of one tenant: a tenant's level is not the stage's, which is written apart. */
  gauge(message: string, values: MetricValues, tenant?: TenantId): void;
}

export interface MetricsProps {
  readonly stage: string;
  /** Those that have metrics of their own. */
  readonly tenants: readonly string[];
}

/** Metrics in CloudWatch's embedded format (EMF), which are fields of a line that is logged anyway. */
export function createMetrics(log: Pick<Log, 'info'>, { stage, tenants }: MetricsProps): Metrics {
  const named = new Set(tenants);
  const emf = new EmfMetrics({ namespace: METRIC_NAMESPACE });
  // Instead of the dimension `service`, which would be the same everywhere.
  emf.clearDefaultDimensions();
  emf.setDefaultDimensions({ stage });

  const write = (
    message: string,
    values: MetricValues,
    /** The sets of dimensions to count it under, beside the stage. */
    dimensions: readonly Record<string, string>[],
    fields: Readonly<Record<string, unknown>> = {},
  ): void => {
    const measured = Object.entries(values) as [MetricName, number][];
    if (measured.length === 0) {
      log.info(message, fields);
      return;
    }
    for (const [name, value] of measured) emf.addMetric(name, METRICS[name], value);
    for (const set of dimensions) emf.addDimensions(set);
    const line = emf.serializeMetrics();
    emf.clearMetrics();
    emf.clearDimensions();
    log.info(message, { ...fields, ...line });
  };

  return {
    event(message, values, fields) {
      const { tenant } = fields;
      write(message, values, [{}, ...(named.has(tenant) ? [{ tenant }] : [])], fields);
    },
    gauge(message, values, tenant) {
      if (tenant === undefined) write(message, values, [{}]);
      else if (named.has(tenant)) write(message, values, [{ tenant }]);
    },
  };
}
