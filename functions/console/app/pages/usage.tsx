import type { ComponentChildren } from 'preact';
import { formatUsageCsv, type UsageGroup } from '../../../core/domain/usage-report.ts';
import { serverNow } from '../api/server-clock.ts';
import type { UsagePeriod } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { setQuery, useLocation } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { download } from '../ui/download.ts';
import { onText } from '../ui/field.tsx';
import { FilterSelect } from '../ui/filter-select.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { StackedBars } from '../ui/stacked-bars.tsx';
import { formatBytes, formatCount, formatDuration } from '../view/format.ts';
import {
  chartStart,
  type DayRange,
  defaultRange,
  FIGURES,
  type Figure,
  formatPeriod,
  GROUP_LABELS,
  isFigure,
  isUsageGroup,
  periodName,
  sumUsage,
  type UsageTotals,
} from '../view/usage.ts';

const USAGE_MS = 60_000;
const DAY_MS = 86_400_000;

/** `/console/usage`: runs, compute, records and storage by day or month. The URL holds the range. */
export function UsagePage() {
  const { runner } = useApp();
  const { query } = useLocation();
  const [requestedGroup, requestedFigure] = [query.get('group'), query.get('figure')];
  const group = isUsageGroup(requestedGroup) ? requestedGroup : 'day';
  const figure = isFigure(requestedFigure) ? requestedFigure : 'runs';
  const preset = defaultRange(group, serverNow());
  const range = { from: query.get('from') ?? preset.from, to: query.get('to') ?? preset.to };
  const usage = usePoll(
    `usage ${range.from} ${range.to} ${group}`,
    (signal) => runner.usage({ ...range, group }, signal),
    USAGE_MS,
  );
  return (
    <>
      <PageHeader title="Usage" lead="What your organization used, in days and months of UTC." />
      <Filters range={range} group={group} />
      <AsyncContent source={usage} label="the usage" skeleton={<Skeleton lines={10} />}>
        {(periods) => (
          <>
            <Chart periods={periods} group={group} figure={figure} />
            <UsageTable periods={periods} range={range} group={group} />
          </>
        )}
      </AsyncContent>
    </>
  );
}

function Filters({ range, group }: { readonly range: DayRange; readonly group: UsageGroup }) {
  const dayInput = (name: keyof DayRange, label: string) => (
    <label class="choice">
      <span>{label}</span>
      <input type="date" value={range[name]} onChange={onText((day) => setQuery({ [name]: day }))} />
    </label>
  );
  return (
    <div class="tools">
      {dayInput('from', 'From')}
      {dayInput('to', 'To')}
      <FilterSelect
        label="By"
        value={group}
        options={Object.entries(GROUP_LABELS)}
        onSelect={(name) => setQuery({ group: name })}
      />
    </div>
  );
}

interface ChartProps {
  readonly periods: readonly UsagePeriod[];
  readonly group: UsageGroup;
  readonly figure: Figure;
}

function Chart({ periods, group, figure }: ChartProps) {
  const name = FIGURES[figure];
  const starts = periods.map(chartStart);
  return (
    <Panel
      title={`${name} by ${group}`}
      aside={
        <FilterSelect
          label="Figure"
          value={figure}
          options={Object.entries(FIGURES)}
          onSelect={(selected) => setQuery({ figure: selected })}
        />
      }
    >
      <StackedBars
        starts={starts}
        stepMs={group === 'day' ? DAY_MS : 31 * DAY_MS}
        unit={group}
        series={[{ name, color: '--chart-ok', values: periods.map((period) => period[figure]) }]}
        summary={`${name} by ${group}: ${formatCount(sumUsage(periods)[figure])} in all.`}
      />
    </Panel>
  );
}

interface UsageTableProps {
  readonly periods: readonly UsagePeriod[];
  readonly range: DayRange;
  readonly group: UsageGroup;
}

function UsageTable({ periods, range, group }: UsageTableProps) {
  const toCsv = () =>
    formatUsageCsv(
      periods.map((period) => ({
        period: periodName(period),
        runs: period.runs,
        computeSeconds: period.compute_seconds,
        records: period.records,
        storedBytes: period.stored_bytes,
      })),
      group,
    );
  return (
    <Panel
      title="Figures"
      aside={
        <Button icon="download" onClick={() => download(toCsv(), `usage-${range.from}-${range.to}.csv`, 'text/csv')}>
          Download CSV
        </Button>
      }
    >
      <DataTable
        caption={`Usage by ${group}, newest first`}
        rows={toRows(periods)}
        rowKey={({ key }) => key}
        columns={[
          { name: GROUP_LABELS[group], cell: ({ name }) => name },
          { name: 'Runs', cell: ({ runs }) => formatCount(runs), class: 'number' },
          { name: 'Compute', cell: (row) => formatCompute(row.compute_seconds), class: 'number' },
          { name: 'Records', cell: ({ records }) => formatCount(records), class: 'number' },
          {
            name: 'Stored at the end',
            cell: (row) => (row.stored_bytes === null ? '–' : formatBytes(row.stored_bytes)),
            class: 'number',
          },
        ]}
      />
    </Panel>
  );
}

interface UsageRow extends UsageTotals {
  readonly key: string;
  readonly name: ComponentChildren;
  /** `null` for the total: stored bytes of several times have no sum. */
  readonly stored_bytes: number | null;
}

/** Returns the total and the periods, newest first. */
const toRows = (periods: readonly UsagePeriod[]): readonly UsageRow[] => [
  { ...sumUsage(periods), key: 'total', name: <b>Total</b>, stored_bytes: null },
  ...periods.toReversed().map((period) => ({ ...period, key: periodName(period), name: formatPeriod(period) })),
];

const formatCompute = (seconds: number) => (seconds === 0 ? '0 s' : formatDuration(seconds * 1_000));
