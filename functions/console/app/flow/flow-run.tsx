import type { PipelineJob, PipelineMetrics } from '../api/pipeline-types.ts';
import type { Run } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { setQuery, useLocation } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Link } from '../ui/link.tsx';
import { Metric } from '../ui/metric.tsx';
import { Panel } from '../ui/panel.tsx';
import { StatusPill } from '../ui/status-pill.tsx';
import { DETAILED_STATES, flowStages, flowThroughput } from '../view/flow.ts';
import { formatBytes, formatCount, formatLatency, formatPercent, formatRate, pluralize } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { isActive } from '../view/status.ts';
import { FlowCheckpoints } from './flow-checkpoints.tsx';
import { FlowErrors } from './flow-errors.tsx';
import { FlowGraph } from './flow-graph.tsx';
import { FlowLog } from './flow-log.tsx';
import { FlowOutput } from './flow-output.tsx';
import { FlowTasks } from './flow-tasks.tsx';

const ACTIVE_MS = 2_500;

const TABS = {
  tasks: ['Tasks', FlowTasks],
  checkpoints: ['Checkpoints', FlowCheckpoints],
  output: ['Output', FlowOutput],
  errors: ['Errors', FlowErrors],
  log: ['Log', FlowLog],
} as const;
type Tab = keyof typeof TABS;

const isTab = (text: string | null): text is Tab => text !== null && Object.hasOwn(TABS, text);

/** A run of a flow: its graph with metrics, and a tab with details. The URL holds the selected tab and operator. */
export function FlowRun({ run }: { readonly run: Run }) {
  const { pipelines } = useApp();
  const intervalMs = isActive(run.status) ? ACTIVE_MS : undefined;
  const flow = usePoll(
    `flow ${run.run_id}`,
    async (signal) => {
      const [job, metrics] = await Promise.all([
        pipelines.job(run.run_id, signal),
        pipelines.metrics(run.run_id, signal),
      ]);
      return { job, metrics };
    },
    intervalMs,
  );
  return (
    <AsyncContent source={flow} label="the flow" skeleton={<Skeleton lines={6} />}>
      {({ job, metrics }) => <FlowView run={run} job={job} metrics={metrics} intervalMs={intervalMs} />}
    </AsyncContent>
  );
}

interface FlowViewProps {
  readonly run: Run;
  readonly job: PipelineJob;
  readonly metrics: PipelineMetrics;
  readonly intervalMs: number | undefined;
}

function FlowView({ run, job, metrics, intervalMs }: FlowViewProps) {
  const { query } = useLocation();
  const { sources, transforms, sinks } = job.configuration;
  const operators = [...sources, ...transforms, ...sinks];
  const requested = query.get('operator');
  const operator = operators.some(({ id }) => id === requested) ? requested : null;
  const view = query.get('view');
  const part = isTab(view) ? view : 'tasks';
  const [, Shown] = TABS[part];
  return (
    <>
      <Panel title="Flow" aside={<State run={run} job={job} />}>
        <p class="pad muted">
          {job.tasks > 0 ? pluralize(job.tasks, 'task') : 'No tasks yet'}, up to {job.parallelism} in parallel.{' '}
          {job.restarted_from && (
            <>
              Restarted from <Link to={PATHS.run(run.job_id, job.restarted_from)}>an earlier run</Link>
              {job.checkpoint_id ? `, checkpoint ${job.checkpoint_id.split('_')[1]}` : ', from its start'}.
            </>
          )}
        </p>
        <FlowMetrics metrics={metrics} run={run} />
        <FlowGraph
          stages={flowStages(job.configuration, metrics)}
          selected={operator}
          onSelect={(id) => setQuery({ operator: id === operator ? null : id })}
        />
      </Panel>
      <div class="tools">
        <fieldset class="segments">
          <legend class="visually-hidden">View</legend>
          {Object.entries(TABS).map(([name, [label]]) => (
            <label key={name}>
              <input type="radio" name="part" checked={part === name} onChange={() => setQuery({ view: name })} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        {part !== 'checkpoints' && (
          <label class="choice">
            <span>Operator</span>
            <select value={operator ?? ''} onChange={(event) => setQuery({ operator: event.currentTarget.value })}>
              <option value="">{part === 'tasks' ? 'First source' : 'All'}</option>
              {operators.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <Shown job={job} operator={operator} intervalMs={intervalMs} />
    </>
  );
}

/** The status of the run, or a more detailed state if the flow has one. */
function State({ run, job }: Pick<FlowViewProps, 'run' | 'job'>) {
  const detailed = isActive(run.status) ? DETAILED_STATES[job.state] : undefined;
  if (!detailed) return <StatusPill status={run.status} />;
  const [meaning, color] = detailed;
  return (
    <span class={`pill status-${color}`} title={meaning}>
      <i class="dot" aria-hidden="true" />
      {job.state}
    </span>
  );
}

function FlowMetrics({ metrics, run }: Pick<FlowViewProps, 'metrics' | 'run'>) {
  const throughput = flowThroughput(metrics, run);
  const { latency_p50: p50, latency_p95: p95, latency_p99: p99 } = metrics;
  return (
    <dl class="flow-figures">
      <Metric name="Read" value={formatCount(metrics.records_in)} note={formatBytes(metrics.bytes_in)} />
      <Metric name="Written" value={formatCount(metrics.records_out)} note={formatBytes(metrics.bytes_out)} />
      <Metric
        name="Errors"
        value={formatCount(metrics.errors)}
        note={pluralize(metrics.warnings, 'warning')}
        tone={metrics.errors > 0 ? 'error' : 'none'}
      />
      {throughput && <Metric name="Throughput" value={formatRate(throughput.perSecond)} note={throughput.note} />}
      <Metric
        name="Latency (p95)"
        value={formatLatency(p95)}
        note={`p50 ${formatLatency(p50)}, p99 ${formatLatency(p99)}`}
      />
      <Metric name="Backpressure" value={formatPercent(metrics.backpressure)} note="waiting for sinks" />
    </dl>
  );
}
