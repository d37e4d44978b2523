import { serverNow } from '../api/server-clock.ts';
import type { ActivitySlot, RunStatus } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { usePagedList } from '../hooks/use-paged-list.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { setQuery, useLocation } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { FilterSelect } from '../ui/filter-select.tsx';
import { Link } from '../ui/link.tsx';
import { LoadMore } from '../ui/load-more.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { ChartPlaceholder, StackedBars } from '../ui/stacked-bars.tsx';
import {
  isPeriod,
  isTrigger,
  PERIODS,
  type Period,
  type Series,
  seriesCount,
  seriesFor,
  TRIGGERS,
  type Trigger,
} from '../view/activity.ts';
import { formatCount } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { isActive, isRunStatus, RUN_STATUSES, STATUS_LABELS } from '../view/status.ts';

const PAGE = 50;
const JOBS_MS = 60_000;

const SERIES_STYLES: Readonly<Record<Series, readonly [name: string, color: string]>> = {
  ok: ['Succeeded', '--chart-ok'],
  failed: ['Failed', '--chart-failed'],
  canceled: ['Canceled', '--chart-other'],
  active: ['Queued or running', '--chart-active'],
};

/** The filter of the page; `null` disables a condition. */
interface ActivityFilter {
  readonly period: Period;
  readonly job: string | null;
  readonly status: RunStatus | null;
  readonly trigger: Trigger | null;
}

/** `/console/activity`: all runs over time. The URL holds the filter. */
export function ActivityPage() {
  const { query } = useLocation();
  const [period, status, trigger] = [query.get('period'), query.get('status'), query.get('trigger')];
  const narrowed = {
    period: isPeriod(period) ? period : '1h',
    job: query.get('job'),
    status: isRunStatus(status) ? status : null,
    trigger: isTrigger(trigger) ? trigger : null,
  } as const;
  return (
    <>
      <PageHeader title="Activity" lead="All runs of your organization over time." />
      <Filters {...narrowed} />
      <Chart {...narrowed} />
      <RunsOfPeriod {...narrowed} />
    </>
  );
}

function Filters({ period, job, status, trigger }: ActivityFilter) {
  const { runner } = useApp();
  const jobs = usePoll('jobs to choose', (signal) => runner.listJobs(signal), JOBS_MS);
  const ids = new Set([...(jobs.data?.map(({ id }) => id) ?? []), ...(job ? [job] : [])]);
  return (
    <div class="tools">
      <FilterSelect
        label="Period"
        value={period}
        options={Object.entries(PERIODS).map(([name, { label }]) => [name, label])}
        onSelect={(name) => setQuery({ period: name })}
      />
      <FilterSelect
        label="Job"
        value={job ?? ''}
        options={[['', 'All jobs'], ...[...ids].sort().map((id) => [id, id] as const)]}
        onSelect={(id) => setQuery({ job: id })}
      />
      <FilterSelect
        label="Status"
        value={status ?? ''}
        options={[['', 'All statuses'], ...RUN_STATUSES.map((name) => [name, STATUS_LABELS[name][0]] as const)]}
        onSelect={(name) => setQuery({ status: name })}
      />
      <FilterSelect
        label="Trigger"
        value={trigger ?? ''}
        options={[['', 'Any trigger'], ...Object.entries(TRIGGERS)]}
        onSelect={(name) => setQuery({ trigger: name })}
      />
    </div>
  );
}

function Chart({ period, job, status, trigger }: ActivityFilter) {
  const { runner } = useApp();
  const { ms, slotSeconds, intervalMs, label } = PERIODS[period];
  const activity = usePoll(
    `activity ${period} ${job} ${trigger}`,
    (signal) => runner.activity({ job, trigger, since: periodStart(ms), slotSeconds }, signal),
    intervalMs,
  );
  return (
    <Panel title={label} aside={<span class="muted">by creation time</span>}>
      <AsyncContent
        source={activity}
        label="the chart"
        skeleton={<ChartPlaceholder series={chartSeries(status, [])} />}
      >
        {(slots) => <Bars slots={slots} stepMs={slotSeconds * 1_000} status={status} />}
      </AsyncContent>
    </Panel>
  );
}

/** Returns the chart series for the slots. */
const chartSeries = (status: RunStatus | null, slots: readonly ActivitySlot[]) =>
  seriesFor(status).map((of) => ({
    name: SERIES_STYLES[of][0],
    color: SERIES_STYLES[of][1],
    values: slots.map((slot) => seriesCount(slot, of)),
  }));

interface BarsProps {
  readonly slots: readonly ActivitySlot[];
  readonly stepMs: number;
  readonly status: RunStatus | null;
}

function Bars({ slots, stepMs, status }: BarsProps) {
  const series = chartSeries(status, slots);
  const counts = series.map(({ name, values }) => {
    const sum = values.reduce((total, value) => total + value, 0);
    return `${formatCount(sum)} ${name.toLowerCase()}`;
  });
  return (
    <StackedBars
      starts={slots.map(({ start }) => Date.parse(start))}
      stepMs={stepMs}
      series={series}
      summary={`Runs over time: ${counts.join(', ')}.`}
    />
  );
}

function RunsOfPeriod({ period, job, status, trigger }: ActivityFilter) {
  const { runner } = useApp();
  const { ms, intervalMs } = PERIODS[period];
  const runs = usePagedList(
    `runs ${period} ${job} ${status} ${trigger}`,
    (next, signal) =>
      runner.listAllRuns({ limit: PAGE, job, status, trigger, since: periodStart(ms), cursor: next }, signal),
    (data) => (data?.rows.some((run) => isActive(run.status)) ? 2_000 : intervalMs),
    (run) => run.run_id,
  );
  return (
    <Panel title="Runs" aside={<span class="muted">excluding skipped ticks</span>}>
      <AsyncContent source={runs.polled} label="the runs" skeleton={<Skeleton lines={8} />}>
        {({ rows: shown, next }) =>
          shown.length === 0 ? (
            <NoRuns isNarrowed={[job, status, trigger].some((value) => value !== null)} />
          ) : (
            <>
              <RunsTable runs={shown} withJob caption="Runs of the period, newest first" />
              {next !== null && <LoadMore list={runs}>Older runs</LoadMore>}
            </>
          )
        }
      </AsyncContent>
    </Panel>
  );
}

const periodStart = (ms: number): string => new Date(serverNow() - ms).toISOString();

function NoRuns({ isNarrowed }: { readonly isNarrowed: boolean }) {
  if (isNarrowed) {
    return (
      <EmptyState icon="search" title="No matching runs">
        <p>No run in this period matches the filters.</p>
        <Button onClick={() => setQuery({ job: null, status: null, trigger: null })}>Clear filters</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="chart" title="No runs in this period">
      <p>
        <Link to={PATHS.jobs}>Jobs</Link> run on their schedule, or when a user starts them.
      </p>
    </EmptyState>
  );
}
