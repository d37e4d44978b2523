import { Metrics as EmfMetrics } from '@aws-lambda-powertools/metrics';
import { lazy } from '../domain/lazy.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Log } from './log.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName } from './metric-names.ts';

/** Values by metric, in the metric's unit. */
export type MetricValues = Readonly<Partial<Record<MetricName, number>>>;

/**
 * Log lines from which CloudWatch extracts metrics. Each value counts for the stage, and for the tenant if the
 * configuration lists it: each listed tenant is billed as additional metrics.
 */
export interface Metrics {
  /** Logs an event of a tenant, which also counts for the stage. Without values it is a plain log line. */
  event(message: string, values: MetricValues, fields: Readonly<Record<string, unknown>> & { tenant: TenantId }): void;
  /** Logs a current value of the stage or of one tenant. A tenant's value does not count for the stage. */
  gauge(message: string, values: MetricValues, tenant?: TenantId): void;
}

export interface MetricsProps {
  readonly stage: string;
  /** Tenants with metrics of their own. */
  readonly tenants: readonly string[];
}

/** Creates metrics in CloudWatch's embedded metric format (EMF), as fields of log lines. */
export function createMetrics(log: Pick<Log, 'info'>, { stage, tenants }: MetricsProps): Metrics {
  const named = new Set(tenants);
  const createEmf = lazy(() => {
    const emf = new EmfMetrics({ namespace: METRIC_NAMESPACE });
    // Replaces the default dimension `service`, which would be constant.
    emf.clearDefaultDimensions();
    emf.setDefaultDimensions({ stage });
    return emf;
  });

  const write = (
    message: string,
    values: MetricValues,
    /** Sets of dimensions in addition to the stage. */
    dimensions: readonly Record<string, string>[],
    fields: Readonly<Record<string, unknown>> = {},
  ): void => {
    const measured = Object.entries(values) as [MetricName, number][];
    if (measured.length === 0) {
      log.info(message, fields);
      return;
    }
    const emf = createEmf();
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
