import type { RunSearchQuery } from '../api/runner.ts';
import { serverNow } from '../api/server-clock.ts';
import type { ActivitySlot, RunStatus } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { usePagedList } from '../hooks/use-paged-list.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { setQuery, useLocation } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { onText } from '../ui/field.tsx';
import { FilterSelect } from '../ui/filter-select.tsx';
import { Icon } from '../ui/icon.tsx';
import { Link } from '../ui/link.tsx';
import { LoadMore } from '../ui/load-more.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { SelectableRuns } from '../ui/selectable-runs.tsx';
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
/** Milliseconds between two loads of a search, which reads many runs. */
const SEARCH_MS = 60_000;

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

/** Names of the search in the URL. */
const SEARCH = { q: 'q', minDurationSeconds: 'min_s', minAttempts: 'attempts', tag: 'tag' } as const;
const NO_SEARCH = Object.fromEntries(Object.values(SEARCH).map((name) => [name, null]));

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
  const search: RunSearchQuery = {
    q: query.get(SEARCH.q),
    minDurationSeconds: query.get(SEARCH.minDurationSeconds),
    minAttempts: query.get(SEARCH.minAttempts),
    tag: query.get(SEARCH.tag),
  };
  return (
    <>
      <PageHeader title="Activity" lead="All runs of your organization over time." />
      <Filters {...narrowed} />
      <Chart {...narrowed} />
      <Search {...search} />
      <RunsOfPeriod {...narrowed} search={search} />
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

/** Conditions that the list of runs has and the chart has not. */
function Search({ q, minDurationSeconds, minAttempts, tag }: RunSearchQuery) {
  // On confirmation: each search reads many runs.
  const onChange = (name: string) => onText((value) => setQuery({ [name]: value.trim() }));
  return (
    <search class="tools">
      <label class="search">
        <Icon name="search" />
        <span class="visually-hidden">Search runs</span>
        <input
          type="search"
          value={q ?? ''}
          maxLength={200}
          placeholder="Job, run ID, message, tag or payload"
          onChange={onChange(SEARCH.q)}
        />
      </label>
      <label class="choice">
        <span>Tag</span>
        <input type="text" size={10} value={tag ?? ''} onChange={onChange(SEARCH.tag)} />
      </label>
      <label class="choice">
        <span>Seconds, at least</span>
        <input
          type="number"
          min={0}
          step="any"
          value={minDurationSeconds ?? ''}
          onChange={onChange(SEARCH.minDurationSeconds)}
        />
      </label>
      <label class="choice">
        <span>Attempts, at least</span>
        <input type="number" min={1} max={1000} value={minAttempts ?? ''} onChange={onChange(SEARCH.minAttempts)} />
      </label>
    </search>
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

function RunsOfPeriod({ period, job, status, trigger, search }: ActivityFilter & { readonly search: RunSearchQuery }) {
  const { runner } = useApp();
  const { ms, intervalMs } = PERIODS[period];
  const isSearch = Object.values(search).some((value) => value !== null);
  const key = `runs ${period} ${job} ${status} ${trigger} ${JSON.stringify(search)}`;
  const runs = usePagedList(
    key,
    (next, signal) =>
      runner.listAllRuns(
        { limit: PAGE, job, status, trigger, ...search, since: periodStart(ms), cursor: next },
        signal,
      ),
    (data) => {
      if (isSearch) return SEARCH_MS;
      return data?.rows.some((run) => isActive(run.status)) ? 2_000 : intervalMs;
    },
    (run) => run.run_id,
  );
  return (
    <Panel title="Runs" aside={<span class="muted">excluding skipped ticks</span>}>
      <AsyncContent source={runs.polled} label="the runs" skeleton={<Skeleton lines={8} />}>
        {({ rows: shown, next }) =>
          shown.length === 0 && next === null ? (
            <NoRuns isNarrowed={isSearch || [job, status, trigger].some((value) => value !== null)} />
          ) : (
            <>
              {shown.length === 0 ? (
                <p class="pad muted">No run matches among the newest ones.</p>
              ) : (
                <SelectableRuns
                  key={key}
                  runs={shown}
                  caption="Runs of the period, newest first"
                  onChange={runs.polled.refresh}
                />
              )}
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
        <Button onClick={() => setQuery({ job: null, status: null, trigger: null, ...NO_SEARCH })}>
          Clear filters
        </Button>
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
