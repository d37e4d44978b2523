import type { HealthThresholds } from '../../../domain/health.ts';
import type { IntegrationsApi } from '../api/integrations.ts';
import type { RunnerApi } from '../api/runner.ts';
import type { Metrics, Minute } from '../api/wire.ts';
import { useDeck, useMay } from '../context.ts';
import { type Polled, usePoll } from '../hooks/use-poll.ts';
import { setQuery, usePlace } from '../router.ts';
import { HealthLight } from '../ui/health-light.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Metric } from '../ui/metric.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { ChartOutline, StackedBars } from '../ui/stacked-bars.tsx';
import { Ago, Moment } from '../ui/time.tsx';
import { formatCount, formatDuration, plural } from '../view/format.ts';
import { ALL_WELL, verdictOf } from '../view/health.ts';

const METRICS_MS = 3_000;
const MINUTES_MS = 10_000;
const LIST_MS = 10_000;
/** Each integration in the list is a request. */
const MOST_LISTED = 25;

/** `/settings/integrations`: how the organization's background jobs are doing. */
export function IntegrationsPage() {
  return useMay('metrics') ? (
    <Integrations />
  ) : (
    <>
      <PageHead title="Integrations" />
      <NoPermission action="metrics" what="Seeing how integrations are doing" />
    </>
  );
}

function Integrations() {
  const { config, integrations, runner } = useDeck();
  const chosen = usePlace().query.get('integrationId');
  const metrics = usePoll(`metrics ${chosen}`, (signal) => integrations.metrics(chosen, signal), METRICS_MS);
  const minutes = usePoll('minutes', (signal) => integrations.minutes(signal), MINUTES_MS);
  const all = usePoll('integrations', (signal) => metricsOfAll(integrations, runner, signal), LIST_MS);
  const names = all.data?.map(({ id }) => id) ?? [];
  const choices = chosen !== null && !names.includes(chosen) ? [...names, chosen] : names;
  return (
    <>
      <PageHead
        title="Integrations"
        lead="How the background jobs of your organization are doing."
        actions={
          <label class="choice">
            <span>Show</span>
            <select
              value={chosen ?? ''}
              onChange={(event) => setQuery({ integrationId: event.currentTarget.value || null })}
            >
              <option value="">The whole organization</option>
              {choices.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        }
      />
      <Loaded of={metrics} what="the health" skeleton={<OverviewOutline of={chosen} />}>
        {(data) => <Overview metrics={data} thresholds={config.health} of={chosen} />}
      </Loaded>
      <Panel title="Last hour" aside={<span class="muted">the whole organization</span>}>
        <Loaded of={minutes} what="the last hour" skeleton={<ChartOutline series={outcomes([])} />}>
          {(data) => <HourChart minutes={data} />}
        </Loaded>
      </Panel>
      <ByIntegration all={all} thresholds={config.health} chosen={chosen} />
    </>
  );
}

interface OverviewProps {
  readonly metrics: Metrics;
  readonly thresholds: HealthThresholds;
  /** The integration they are of; null: of the organization. */
  readonly of: string | null;
}

function Overview({ metrics, thresholds, of }: OverviewProps) {
  const { pendingCount, processingCount, failedCount, oldestPendingAgeMs, lastRunAt, lastRunDurationMs } = metrics;
  const { health, reasons } = verdictOf(metrics, thresholds);
  const isOld = oldestPendingAgeMs !== null && oldestPendingAgeMs >= thresholds.warnPendingSeconds * 1_000;
  return (
    <section class={`overview health-${health}`} aria-label={of ? `Health of ${of}` : 'Health of the organization'}>
      <div class="verdict" aria-live="polite">
        <HealthLight health={health} large />
        <div>
          <p class="verdict-of">{of ?? 'The whole organization'}</p>
          {reasons.map((reason) => (
            <p key={reason}>{reason}</p>
          ))}
        </div>
      </div>
      <dl class="metrics">
        <Metric name="Pending" value={formatCount(pendingCount)} note="wait for a worker" tone="pending" />
        <Metric name="Processing" value={formatCount(processingCount)} note="are running" tone="running" />
        <Metric
          name="Failed"
          value={formatCount(failedCount)}
          note="have failed"
          tone={failedCount > 0 ? 'error' : 'none'}
        />
        <Metric
          name="Oldest pending"
          value={oldestPendingAgeMs === null ? '–' : formatDuration(oldestPendingAgeMs)}
          note={oldestPendingAgeMs === null ? 'nothing waits' : 'has it waited'}
          tone={isOld ? 'warn' : 'none'}
        />
        <Metric
          name="Last run"
          value={lastRunAt === null ? '–' : <Ago time={lastRunAt} />}
          note={lastRunAt === null ? 'none has ended yet' : lastRunNote(lastRunAt, lastRunDurationMs)}
        />
      </dl>
    </section>
  );
}

/** The room of the overview whose figures are on their way: nothing moves when they come. */
function OverviewOutline({ of }: Pick<OverviewProps, 'of'>) {
  return (
    <section class="overview" role="status" aria-label="Loading">
      <div class="verdict">
        <span class="light large" aria-hidden="true">
          …
        </span>
        <div>
          <p class="verdict-of">{of ?? 'The whole organization'}</p>
          <p class="veiled">{ALL_WELL}</p>
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
      <Moment time={lastRunAt} />
    </>
  );
}

/** What is drawn of the last hour. */
const outcomes = (minutes: readonly Minute[]) => [
  { name: 'Done', colour: '--chart-ok', values: minutes.map(({ ok }) => ok) },
  { name: 'Failed', colour: '--chart-failed', values: minutes.map(({ error }) => error) },
];

function HourChart({ minutes }: { readonly minutes: readonly Minute[] }) {
  const sum = (outcome: 'ok' | 'error') => minutes.reduce((total, minute) => total + minute[outcome], 0);
  const summary = `Runs of the last hour by the minute they ended in: ${plural(sum('ok'), 'run')} ended well, ${sum('error')} failed.`;
  return (
    <StackedBars
      starts={minutes.map(({ minute }) => Date.parse(minute))}
      stepMs={60_000}
      series={outcomes(minutes)}
      summary={summary}
    />
  );
}

interface IntegrationMetrics {
  readonly id: string;
  /** null: they cannot be told just now. */
  readonly metrics: Metrics | null;
}

/** Of every integration that a job names. */
async function metricsOfAll(
  integrations: IntegrationsApi,
  runner: RunnerApi,
  signal: AbortSignal,
): Promise<readonly IntegrationMetrics[]> {
  const jobs = await runner.listJobs(signal);
  const ids = [...new Set(jobs.flatMap(({ integration_id: id }) => id ?? []))].sort().slice(0, MOST_LISTED);
  return Promise.all(
    ids.map(async (id) => ({ id, metrics: await integrations.metrics(id, signal).catch(() => null) })),
  );
}

interface ByIntegrationProps {
  readonly all: Polled<readonly IntegrationMetrics[]>;
  readonly thresholds: HealthThresholds;
  readonly chosen: string | null;
}

function ByIntegration({ all, thresholds, chosen }: ByIntegrationProps) {
  return (
    <Panel title="By integration">
      <Loaded of={all} what="the integrations">
        {(list) =>
          list.length === 0 ? (
            <p class="muted pad">
              No job belongs to an integration yet. A job does when its <code>integration_id</code> names one.
            </p>
          ) : (
            <table class="table">
              <caption class="unseen">Health of each integration</caption>
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
                {list.map(({ id, metrics }) => (
                  <tr key={id} class={id === chosen ? 'chosen' : ''}>
                    <td data-name="Integration">
                      <button type="button" class="as-link" onClick={() => setQuery({ integrationId: id })}>
                        {id}
                      </button>
                    </td>
                    {metrics ? <MetricCells metrics={metrics} thresholds={thresholds} /> : <td colSpan={6}>unknown</td>}
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
    </Panel>
  );
}

function MetricCells({ metrics, thresholds }: { readonly metrics: Metrics; readonly thresholds: HealthThresholds }) {
  const { pendingCount, processingCount, failedCount, oldestPendingAgeMs, lastRunAt } = metrics;
  return (
    <>
      <td data-name="Status">
        <HealthLight health={verdictOf(metrics, thresholds).health} />
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
      <td data-name="Last run">{lastRunAt === null ? '–' : <Ago time={lastRunAt} />}</td>
    </>
  );
}
