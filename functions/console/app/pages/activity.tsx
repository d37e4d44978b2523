import { serverNow } from '../api/server-clock.ts';
import type { ActivitySlot, RunStatus } from '../api/wire.ts';
import { useDeck } from '../context.ts';
import { usePages } from '../hooks/use-pages.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { setQuery, usePlace } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/choice.tsx';
import { Empty } from '../ui/empty.tsx';
import { Link } from '../ui/link.tsx';
import { Loaded, Skeleton } from '../ui/loaded.tsx';
import { Older } from '../ui/older.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { ChartOutline, StackedBars } from '../ui/stacked-bars.tsx';
import {
  countOf,
  isPeriod,
  isTrigger,
  PERIODS,
  type Period,
  type Series,
  seriesFor,
  TRIGGERS,
  type Trigger,
} from '../view/activity.ts';
import { formatCount } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { isActive, isRunStatus, RUN_STATUSES, STATUS_WORDS } from '../view/status.ts';

const PAGE = 50;
const JOBS_MS = 60_000;

const DRAWN: Readonly<Record<Series, readonly [name: string, colour: string]>> = {
  ok: ['Done', '--chart-ok'],
  failed: ['Failed', '--chart-failed'],
  canceled: ['Canceled', '--chart-other'],
  active: ['Queued or running', '--chart-active'],
};

/** What the page is narrowed to; null: to nothing. */
interface Narrowed {
  readonly period: Period;
  readonly job: string | null;
  readonly status: RunStatus | null;
  readonly trigger: Trigger | null;
}

/** `/console/activity`: all runs over time. What it is narrowed to stands in the address. */
export function ActivityPage() {
  const { query } = usePlace();
  const [period, status, trigger] = [query.get('period'), query.get('status'), query.get('trigger')];
  const narrowed = {
    period: isPeriod(period) ? period : '1h',
    job: query.get('job'),
    status: isRunStatus(status) ? status : null,
    trigger: isTrigger(trigger) ? trigger : null,
  } as const;
  return (
    <>
      <PageHead title="Activity" lead="All runs of your organization over time." />
      <Filters {...narrowed} />
      <Chart {...narrowed} />
      <RunsOfPeriod {...narrowed} />
    </>
  );
}

function Filters({ period, job, status, trigger }: Narrowed) {
  const { runner } = useDeck();
  const jobs = usePoll('jobs to choose', (signal) => runner.listJobs(signal), JOBS_MS);
  const ids = new Set([...(jobs.data?.map(({ id }) => id) ?? []), ...(job ? [job] : [])]);
  return (
    <div class="tools">
      <Choice
        name="Period"
        value={period}
        options={Object.entries(PERIODS).map(([name, { label }]) => [name, label])}
        onChoose={(name) => setQuery({ period: name })}
      />
      <Choice
        name="Job"
        value={job ?? ''}
        options={[['', 'All'], ...[...ids].sort().map((id) => [id, id] as const)]}
        onChoose={(id) => setQuery({ job: id })}
      />
      <Choice
        name="State"
        value={status ?? ''}
        options={[['', 'All'], ...RUN_STATUSES.map((name) => [name, STATUS_WORDS[name][0]] as const)]}
        onChoose={(name) => setQuery({ status: name })}
      />
      <Choice
        name="Triggered"
        value={trigger ?? ''}
        options={[['', 'Anyhow'], ...Object.entries(TRIGGERS)]}
        onChoose={(name) => setQuery({ trigger: name })}
      />
    </div>
  );
}

function Chart({ period, job, status, trigger }: Narrowed) {
  const { runner } = useDeck();
  const { ms, slotSeconds, everyMs, label } = PERIODS[period];
  const activity = usePoll(
    `activity ${period} ${job} ${trigger}`,
    (signal) => runner.activity({ job, trigger, since: sinceOf(ms), slotSeconds }, signal),
    everyMs,
  );
  return (
    <Panel title={label} aside={<span class="muted">by when runs were made</span>}>
      <Loaded of={activity} what="the chart" skeleton={<ChartOutline series={drawn(status, [])} />}>
        {(slots) => <Bars slots={slots} stepMs={slotSeconds * 1_000} status={status} />}
      </Loaded>
    </Panel>
  );
}

/** The series that are drawn of these slots. */
const drawn = (status: RunStatus | null, slots: readonly ActivitySlot[]) =>
  seriesFor(status).map((of) => ({
    name: DRAWN[of][0],
    colour: DRAWN[of][1],
    values: slots.map((slot) => countOf(slot, of)),
  }));

interface BarsProps {
  readonly slots: readonly ActivitySlot[];
  readonly stepMs: number;
  readonly status: RunStatus | null;
}

function Bars({ slots, stepMs, status }: BarsProps) {
  const series = drawn(status, slots);
  const said = series.map(({ name, values }) => {
    const sum = values.reduce((total, value) => total + value, 0);
    return `${formatCount(sum)} ${name.toLowerCase()}`;
  });
  return (
    <StackedBars
      starts={slots.map(({ start }) => Date.parse(start))}
      stepMs={stepMs}
      series={series}
      summary={`Runs over time: ${said.join(', ')}.`}
    />
  );
}

function RunsOfPeriod({ period, job, status, trigger }: Narrowed) {
  const { runner } = useDeck();
  const { ms, everyMs } = PERIODS[period];
  const runs = usePages(
    `runs ${period} ${job} ${status} ${trigger}`,
    (next, signal) =>
      runner.listAllRuns({ limit: PAGE, job, status, trigger, since: sinceOf(ms), cursor: next }, signal),
    (data) => (data?.rows.some((run) => isActive(run.status)) ? 2_000 : everyMs),
    (run) => run.run_id,
  );
  return (
    <Panel title="Runs" aside={<span class="muted">without skipped ticks: their jobs have those</span>}>
      <Loaded of={runs.of} what="the runs" skeleton={<Skeleton lines={8} />}>
        {({ rows: shown, next }) =>
          shown.length === 0 ? (
            <NoRuns isNarrowed={[job, status, trigger].some((value) => value !== null)} />
          ) : (
            <>
              <RunsTable runs={shown} withJob caption="Runs of the period, newest first" />
              {next !== null && <Older list={runs}>Older runs</Older>}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

const sinceOf = (ms: number): string => new Date(serverNow() - ms).toISOString();

function NoRuns({ isNarrowed }: { readonly isNarrowed: boolean }) {
  if (isNarrowed) {
    return (
      <Empty icon="search" title="No run is like that">
        <p>Nothing of the kind was started in this period.</p>
        <Button onClick={() => setQuery({ job: null, status: null, trigger: null })}>Show all runs of it</Button>
      </Empty>
    );
  }
  return (
    <Empty icon="chart" title="Nothing ran in this period">
      <p>
        Runs come with the schedules of <Link to={PATHS.jobs}>jobs</Link>, or when somebody starts them.
      </p>
    </Empty>
  );
}
