import type { HealthThresholds } from '../../../core/domain/health.ts';
import { shownProblem } from '../api/problem.ts';
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
import { Pager } from '../ui/pager.tsx';
import { Panel } from '../ui/panel.tsx';
import { ChartOutline, StackedBars } from '../ui/stacked-bars.tsx';
import { Ago, Moment } from '../ui/time.tsx';
import { formatCount, formatDuration, plural } from '../view/format.ts';
import { ALL_WELL, verdictOf } from '../view/health.ts';
import { pageOfList } from '../view/list-page.ts';

const METRICS_MS = 3_000;
const MINUTES_MS = 10_000;
const LIST_MS = 10_000;
/** Integrations on a page of the table: each is a request. */
const PAGE = 25;

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
  const ids = usePoll('integrations', (signal) => integrationIds(runner, signal), LIST_MS);
  const names = ids.data ?? [];
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
      <ByIntegration ids={ids} thresholds={config.health} chosen={chosen} />
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

/** Every integration that a job names, sorted. */
async function integrationIds(runner: RunnerApi, signal: AbortSignal): Promise<readonly string[]> {
  const jobs = await runner.listJobs(signal);
  return [...new Set(jobs.flatMap(({ integration_id: id }) => id ?? []))].sort();
}

/** The metrics of an integration, or why there are none just now. */
type Outcome = { readonly metrics: Metrics } | { readonly problem: string };

const outcomeOf = (metrics: Promise<Metrics>): Promise<Outcome> =>
  metrics.then(
    (known) => ({ metrics: known }),
    (error: unknown) => ({ problem: shownProblem(error) }),
  );

interface ByIntegrationProps {
  readonly ids: Polled<readonly string[]>;
  readonly thresholds: HealthThresholds;
  readonly chosen: string | null;
}

function ByIntegration({ ids, ...rest }: ByIntegrationProps) {
  return (
    <Panel title="By integration">
      <Loaded of={ids} what="the integrations">
        {(list) =>
          list.length === 0 ? (
            <p class="muted pad">
              No job belongs to an integration yet. A job does when its <code>integration_id</code> names one.
            </p>
          ) : (
            <IntegrationsTable ids={list} {...rest} />
          )
        }
      </Loaded>
    </Panel>
  );
}

interface IntegrationsTableProps extends Omit<ByIntegrationProps, 'ids'> {
  readonly ids: readonly string[];
}

function IntegrationsTable({ ids, thresholds, chosen }: IntegrationsTableProps) {
  const { integrations } = useDeck();
  const page = pageOfList(ids, usePlace().query.get('page'), PAGE);
  const outcomes = usePoll(
    `metrics of ${page.rows.join()}`,
    async (signal) => {
      const found = await Promise.all(page.rows.map((id) => outcomeOf(integrations.metrics(id, signal))));
      return new Map(page.rows.map((id, i) => [id, found[i]]));
    },
    LIST_MS,
  );
  return (
    <>
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
          {page.rows.map((id) => (
            <tr key={id} class={id === chosen ? 'chosen' : ''}>
              <td data-name="Integration">
                <button type="button" class="as-link" onClick={() => setQuery({ integrationId: id })}>
                  {id}
                </button>
              </td>
              <OutcomeCells outcome={outcomes.data?.get(id)} thresholds={thresholds} />
            </tr>
          ))}
        </tbody>
      </table>
      <Pager what="integrations" page={page} onTurn={(number) => setQuery({ page: String(number) })} />
    </>
  );
}

interface OutcomeCellsProps {
  /** `undefined` until it is known. */
  readonly outcome: Outcome | undefined;
  readonly thresholds: HealthThresholds;
}

function OutcomeCells({ outcome, thresholds }: OutcomeCellsProps) {
  if (!outcome) return <td colSpan={6}>…</td>;
  if ('metrics' in outcome) return <MetricCells metrics={outcome.metrics} thresholds={thresholds} />;
  return (
    <td data-name="Status" colSpan={6} class="cell-says">
      Unknown: {outcome.problem}
    </td>
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
