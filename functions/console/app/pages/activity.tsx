import { listTenantRuns, MOST_JOBS, type TenantRuns } from '../api/tenant-runs.ts';
import { useDeck } from '../context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { setQuery, usePlace } from '../router.ts';
import { Empty } from '../ui/empty.tsx';
import { Loaded, Skeleton } from '../ui/loaded.tsx';
import { Hint } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { StackedBars } from '../ui/stacked-bars.tsx';
import { isPeriod, PERIODS, type Period, SERIES, type Series, slotsOf } from '../view/activity.ts';
import { plural } from '../view/format.ts';
import { ALL_STATUSES, STATUS_WORDS } from '../view/status.ts';

const LIST_MS = 15_000;
const MOST_ROWS = 200;

const DRAWN: Readonly<Record<Series, readonly [name: string, colour: string]>> = {
  ok: ['Done', '--chart-ok'],
  failed: ['Failed', '--chart-failed'],
  other: ['Canceled or skipped', '--chart-other'],
  active: ['Queued or running', '--chart-active'],
};

/** `/console/activity`: all runs over time. What it is narrowed to stands in the address. */
export function ActivityPage() {
  const { runner } = useDeck();
  const { query } = usePlace();
  const wanted = query.get('period');
  const period: Period = isPeriod(wanted) ? wanted : '1h';
  const jobId = query.get('job');
  const status = query.get('status') ?? '';
  const activity = usePoll(
    `activity ${period} ${jobId}`,
    (signal) => listTenantRuns(runner, { since: Date.now() - PERIODS[period].ms, jobId }, signal),
    LIST_MS,
  );
  const jobIds = [...new Set([...(jobId ? [jobId] : []), ...(activity.data?.runs.map((run) => run.job_id) ?? [])])];
  return (
    <>
      <PageHead title="Activity" lead="All runs of your organization over time." />
      <div class="tools">
        <label class="choice">
          <span>Period</span>
          <select value={period} onChange={(event) => setQuery({ period: event.currentTarget.value })}>
            {Object.entries(PERIODS).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label class="choice">
          <span>Job</span>
          <select value={jobId ?? ''} onChange={(event) => setQuery({ job: event.currentTarget.value })}>
            <option value="">All</option>
            {jobIds.sort().map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
        <label class="choice">
          <span>State</span>
          <select value={status} onChange={(event) => setQuery({ status: event.currentTarget.value })}>
            <option value="">All</option>
            {ALL_STATUSES.map((name) => (
              <option key={name} value={name}>
                {STATUS_WORDS[name][0]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Loaded of={activity} what="the runs" skeleton={<Skeleton lines={8} />}>
        {(data) => <Activity data={data} period={period} status={status} />}
      </Loaded>
    </>
  );
}

interface ActivityProps {
  readonly data: TenantRuns;
  readonly period: Period;
  readonly status: string;
}

function Activity({ data, period, status }: ActivityProps) {
  const { ms, slotMs, label } = PERIODS[period];
  const now = Date.now();
  const slots = slotsOf(data.runs, now - ms, now, slotMs);
  const runs = status === '' ? data.runs : data.runs.filter((run) => run.status === status);
  const count = (series: Series) => slots.reduce((sum, { counts }) => sum + counts[series], 0);
  const said = SERIES.map((series) => `${count(series)} ${DRAWN[series][0].toLowerCase()}`).join(', ');
  return (
    <>
      {data.leftOut > 0 && (
        <Hint>
          Shows the {MOST_JOBS} jobs that ran last; {plural(data.leftOut, 'other')} would be more requests than a page
          should make.
        </Hint>
      )}
      <Panel title={label} aside={<span class="muted">by when runs were made</span>}>
        <StackedBars
          starts={slots.map(({ start }) => start)}
          series={SERIES.map((series) => ({
            name: DRAWN[series][0],
            colour: DRAWN[series][1],
            values: slots.map(({ counts }) => counts[series]),
          }))}
          summary={`Runs over time: ${said}.`}
        />
      </Panel>
      <Panel title="Runs" aside={<span class="muted">{plural(runs.length, 'run')}</span>}>
        {runs.length === 0 ? (
          <Empty icon="chart" title="No run is like that">
            <p>Nothing of the kind ran in this period.</p>
          </Empty>
        ) : (
          <RunsTable runs={runs.slice(0, MOST_ROWS)} withJob caption="Runs of the period, newest first" />
        )}
        {runs.length > MOST_ROWS && <p class="muted pad">The newest {MOST_ROWS}; a shorter period shows the others.</p>}
      </Panel>
    </>
  );
}
