import type { HealthThresholds } from '../../../core/domain/health.ts';
import { errorMessage } from '../api/errors.ts';
import type { RunnerApi } from '../api/runner.ts';
import type { Metrics, Minute } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { type Polled, usePoll } from '../hooks/use-poll.ts';
import { setQuery, useLocation } from '../router.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { HealthLight } from '../ui/health-light.tsx';
import { Metric } from '../ui/metric.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Pager } from '../ui/pager.tsx';
import { Panel } from '../ui/panel.tsx';
import { ChartPlaceholder, StackedBars } from '../ui/stacked-bars.tsx';
import { AbsoluteTime, RelativeTime } from '../ui/time.tsx';
import { formatCount, formatDuration, pluralize } from '../view/format.ts';
import { HEALTHY_MESSAGE, summarizeHealth } from '../view/health.ts';
import { paginate } from '../view/pagination.ts';

const METRICS_MS = 3_000;
const MINUTES_MS = 10_000;
const LIST_MS = 10_000;
/** Integrations per page of the table. Each one requires a request. */
const PAGE = 25;

/** `/settings/integrations`: health of the organization's background jobs. */
export function IntegrationsPage() {
  return usePermission('metrics') ? (
    <Integrations />
  ) : (
    <>
      <PageHeader title="Integrations" />
      <NoPermission action="metrics" activity="Viewing the health of integrations" />
    </>
  );
}

function Integrations() {
  const { config, integrations, runner } = useApp();
  const selected = useLocation().query.get('integrationId');
  const metrics = usePoll(`metrics ${selected}`, (signal) => integrations.metrics(selected, signal), METRICS_MS);
  const minutes = usePoll('minutes', (signal) => integrations.minutes(signal), MINUTES_MS);
  const ids = usePoll('integrations', (signal) => integrationIds(runner, signal), LIST_MS);
  const names = ids.data ?? [];
  const choices = selected !== null && !names.includes(selected) ? [...names, selected] : names;
  return (
    <>
      <PageHeader
        title="Integrations"
        lead="Health of your organization's background jobs."
        actions={
          <label class="choice">
            <span>Integration</span>
            <select
              value={selected ?? ''}
              onChange={(event) => setQuery({ integrationId: event.currentTarget.value || null })}
            >
              <option value="">Entire organization</option>
              {choices.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        }
      />
      <AsyncContent source={metrics} label="the metrics" skeleton={<OverviewPlaceholder integration={selected} />}>
        {(data) => <Overview metrics={data} thresholds={config.health} integration={selected} />}
      </AsyncContent>
      <Panel title="Last hour" aside={<span class="muted">entire organization</span>}>
        <AsyncContent source={minutes} label="the last hour" skeleton={<ChartPlaceholder series={outcomeSeries([])} />}>
          {(data) => <HourChart minutes={data} />}
        </AsyncContent>
      </Panel>
      <ByIntegration ids={ids} thresholds={config.health} selected={selected} />
    </>
  );
}

interface OverviewProps {
  readonly metrics: Metrics;
  readonly thresholds: HealthThresholds;
  /** An integration; `null` for the organization. */
  readonly integration: string | null;
}

function Overview({ metrics, thresholds, integration }: OverviewProps) {
  const { pendingCount, processingCount, failedCount, oldestPendingAgeMs, lastRunAt, lastRunDurationMs } = metrics;
  const { health, reasons } = summarizeHealth(metrics, thresholds);
  const isOld = oldestPendingAgeMs !== null && oldestPendingAgeMs >= thresholds.warnPendingSeconds * 1_000;
  return (
    <section
      class={`overview health-${health}`}
      aria-label={integration ? `Health of ${integration}` : 'Health of the organization'}
    >
      <div class="verdict" aria-live="polite">
        <HealthLight health={health} large />
        <div>
          <p class="verdict-of">{integration ?? 'Entire organization'}</p>
          {reasons.map((reason) => (
            <p key={reason}>{reason}</p>
          ))}
        </div>
      </div>
      <dl class="metrics">
        <Metric name="Pending" value={formatCount(pendingCount)} note="waiting to start" tone="pending" />
        <Metric name="Processing" value={formatCount(processingCount)} note="running" tone="running" />
        <Metric
          name="Failed"
          value={formatCount(failedCount)}
          note="unacknowledged"
          tone={failedCount > 0 ? 'error' : 'none'}
        />
        <Metric
          name="Oldest pending"
          value={oldestPendingAgeMs === null ? '–' : formatDuration(oldestPendingAgeMs)}
          note={oldestPendingAgeMs === null ? 'none pending' : 'waiting time'}
          tone={isOld ? 'warn' : 'none'}
        />
        <Metric
          name="Last run"
          value={lastRunAt === null ? '–' : <RelativeTime time={lastRunAt} />}
          note={lastRunAt === null ? 'no completed run' : lastRunNote(lastRunAt, lastRunDurationMs)}
        />
      </dl>
    </section>
  );
}

/** Placeholder with the overview's size, shown while metrics load, to avoid layout shift. */
function OverviewPlaceholder({ integration }: Pick<OverviewProps, 'integration'>) {
  return (
    <section class="overview" role="status" aria-label="Loading">
      <div class="verdict">
        <span class="light large" aria-hidden="true">
          …
        </span>
        <div>
          <p class="verdict-of">{integration ?? 'Entire organization'}</p>
          <p class="invisible">{HEALTHY_MESSAGE}</p>
        </div>
      </div>
      <dl class="metrics">
        {['Pending', 'Processing', 'Failed', 'Oldest pending', 'Last run'].map((name) => (
          <Metric key={name} name={name} value="–" />
        ))}
      </dl>
    </section>
  );
}

function lastRunNote(lastRunAt: string, durationMs: number | null) {
  return (
    <>
      {durationMs !== null && `took ${formatDuration(durationMs)} · `}
      <AbsoluteTime time={lastRunAt} />
    </>
  );
}

/** Returns the chart series of the last hour. */
const outcomeSeries = (minutes: readonly Minute[]) => [
  { name: 'Succeeded', color: '--chart-ok', values: minutes.map(({ ok }) => ok) },
  { name: 'Failed', color: '--chart-failed', values: minutes.map(({ error }) => error) },
];

function HourChart({ minutes }: { readonly minutes: readonly Minute[] }) {
  const sum = (outcome: 'ok' | 'error') => minutes.reduce((total, minute) => total + minute[outcome], 0);
  const summary = `Runs of the last hour by minute of completion: ${pluralize(sum('ok'), 'run')} succeeded, ${sum('error')} failed.`;
  return (
    <StackedBars
      starts={minutes.map(({ minute }) => Date.parse(minute))}
      stepMs={60_000}
      series={outcomeSeries(minutes)}
      summary={summary}
    />
  );
}

/** Returns the integrations of all jobs, sorted. */
async function integrationIds(runner: RunnerApi, signal: AbortSignal): Promise<readonly string[]> {
  const jobs = await runner.listJobs(signal);
  return [...new Set(jobs.flatMap(({ integration_id: id }) => id ?? []))].sort();
}

/** The metrics of an integration, or the error of the last request. */
type Outcome = { readonly metrics: Metrics } | { readonly problem: string };

const toOutcome = (metrics: Promise<Metrics>): Promise<Outcome> =>
  metrics.then(
    (known) => ({ metrics: known }),
    (error: unknown) => ({ problem: errorMessage(error) }),
  );

interface ByIntegrationProps {
  readonly ids: Polled<readonly string[]>;
  readonly thresholds: HealthThresholds;
  readonly selected: string | null;
}

function ByIntegration({ ids, ...rest }: ByIntegrationProps) {
  return (
    <Panel title="By integration">
      <AsyncContent source={ids} label="the integrations">
        {(list) =>
          list.length === 0 ? (
            <p class="muted pad">
              No job belongs to an integration. Set the <code>integration_id</code> of a job to list its integration
              here.
            </p>
          ) : (
            <IntegrationsTable ids={list} {...rest} />
          )
        }
      </AsyncContent>
    </Panel>
  );
}

interface IntegrationsTableProps extends Omit<ByIntegrationProps, 'ids'> {
  readonly ids: readonly string[];
}

function IntegrationsTable({ ids, thresholds, selected }: IntegrationsTableProps) {
  const { integrations } = useApp();
  const page = paginate(ids, useLocation().query.get('page'), PAGE);
  const outcomeSeries = usePoll(
    `metrics of ${page.rows.join()}`,
    async (signal) => {
      const found = await Promise.all(page.rows.map((id) => toOutcome(integrations.metrics(id, signal))));
      return new Map(page.rows.map((id, i) => [id, found[i]]));
    },
    LIST_MS,
  );
  return (
    <>
      <table class="table">
        <caption class="visually-hidden">Health of each integration</caption>
        <thead>
          <tr>
            <th scope="col">Integration</th>
            <th scope="col">Status</th>
            <th scope="col" class="right">
              Pending
            </th>
            <th scope="col" class="right">
              Processing
            </th>
            <th scope="col" class="right">
              Failed
            </th>
            <th scope="col" class="right">
              Oldest pending
            </th>
            <th scope="col">Last run</th>
          </tr>
        </thead>
        <tbody>
          {page.rows.map((id) => (
            <tr key={id} class={id === selected ? 'chosen' : ''}>
              <td data-name="Integration">
                <button type="button" class="as-link" onClick={() => setQuery({ integrationId: id })}>
                  {id}
                </button>
              </td>
              <OutcomeCells outcome={outcomeSeries.data?.get(id)} thresholds={thresholds} />
            </tr>
          ))}
        </tbody>
      </table>
      <Pager label="integrations" page={page} onPageChange={(number) => setQuery({ page: String(number) })} />
    </>
  );
}

interface OutcomeCellsProps {
  /** `undefined` while the metrics load. */
  readonly outcome: Outcome | undefined;
  readonly thresholds: HealthThresholds;
}

function OutcomeCells({ outcome, thresholds }: OutcomeCellsProps) {
  if (!outcome) return <td colSpan={6}>…</td>;
  if ('metrics' in outcome) return <MetricCells metrics={outcome.metrics} thresholds={thresholds} />;
  return (
    <td data-name="Status" colSpan={6} class="cell-message">
      Unknown: {outcome.problem}
    </td>
  );
}

function MetricCells({ metrics, thresholds }: { readonly metrics: Metrics; readonly thresholds: HealthThresholds }) {
  const { pendingCount, processingCount, failedCount, oldestPendingAgeMs, lastRunAt } = metrics;
  return (
    <>
      <td data-name="Status">
        <HealthLight health={summarizeHealth(metrics, thresholds).health} />
      </td>
      <td data-name="Pending" class="right number">
        {formatCount(pendingCount)}
      </td>
      <td data-name="Processing" class="right number">
        {formatCount(processingCount)}
      </td>
      <td data-name="Failed" class="right number">
        {formatCount(failedCount)}
      </td>
      <td data-name="Oldest pending" class="right number">
        {oldestPendingAgeMs === null ? '–' : formatDuration(oldestPendingAgeMs)}
      </td>
      <td data-name="Last run">{lastRunAt === null ? '–' : <RelativeTime time={lastRunAt} />}</td>
    </>
  );
}
